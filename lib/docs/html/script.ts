/** The script of the page. */

/**
 * Puts the server of the reader into the commands, where the page stands beside the API; not one in brackets, which a shell may take for a
 * pattern. Gives each sample a button that copies it, in the form that is shown. The selection is what is copied: `navigator.clipboard` is
 * absent on plain HTTP, where registries often are.
 */
export const script = `
const { server } = document.documentElement.dataset;
if (server && !location.host.startsWith('[')) {
  const here = location.origin + new URL(server).pathname.replace(/\\/$/, '');
  for (const code of document.querySelectorAll('.as-curl code')) {
    const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replaceAll(server, here);
  }
}
for (const bar of document.querySelectorAll('.sample header')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.addEventListener('click', () => {
    const forms = [...bar.parentElement.querySelectorAll('code')];
    getSelection().selectAllChildren(forms.find((form) => getComputedStyle(form).visibility === 'visible'));
    button.textContent = document.execCommand('copy') ? 'Copied' : 'Press Ctrl+C';
    button.focus();
  });
  button.addEventListener('blur', () => { button.textContent = 'Copy'; });
  bar.append(button);
}
`;
