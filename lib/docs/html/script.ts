/** The script of the page. */

/**
 * Gives each sample a button that copies it, in the form that is shown. The selection is what is copied: `navigator.clipboard` is
 * absent on plain HTTP, where registries often are.
 */
export const script = `
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
