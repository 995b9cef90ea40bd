// @ts-check
/// <reference lib="dom" />
/** What can be seen of a page, and done to it. These functions run in the page, so each stands alone. */

/** What Swagger UI shows of each operation. */
export function shownOperations() {
  return [...document.querySelectorAll('.opblock')].map((block) => {
    const verb = block.querySelector('.opblock-summary-method')?.textContent;
    return {
      request: `${verb} ${block.querySelector('.opblock-summary-path')?.getAttribute('data-path')}`,
      statuses: [...block.querySelectorAll('tr.response')].map((row) => row.getAttribute('data-code')),
      parameters: [...block.querySelectorAll('tr[data-param-name]')].map((row) => row.getAttribute('data-param-name')).sort(),
    };
  });
}

/** The boxes in which Swagger UI says what is wrong, or that it has not read the document yet. */
export function shownErrors() {
  return [...document.querySelectorAll('.errors-wrapper, .loading-container')].map((box) => box.textContent);
}

/** Shows the beginning of the page. */
export function toTop() {
  scrollTo(0, 0);
}

/** How far the page is scrolled. */
export function position() {
  return scrollY;
}

/** How wide the page and its screen are, and what reaches beyond the screen. */
export function widths() {
  const beyond = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > innerWidth);
  return {
    page: document.scrollingElement?.scrollWidth ?? 0,
    screen: innerWidth,
    beyond: beyond.map((element) => `${element.tagName} ${element.textContent?.slice(0, 60)}`),
  };
}

/**
 * Clicks the first element that says this.
 * @param {string} selector
 * @param {string} text
 */
export function click(selector, text) {
  const element = [...document.querySelectorAll(selector)].find((each) => each.textContent === text);
  if (!(element instanceof HTMLElement)) throw new Error(`no ${selector} says ${text}`);
  element.click();
}

/**
 * Whether all of the first element that says this is on the screen, and nothing lies over it.
 * @param {string} selector
 * @param {string} text
 */
export function isOnScreen(selector, text) {
  const element = [...document.querySelectorAll(selector)].find((each) => each.textContent === text);
  if (!element) throw new Error(`no ${selector} says ${text}`);
  const { left, top, bottom } = element.getBoundingClientRect();
  // A point outside of the screen has no element.
  return [top + 2, bottom - 2].every((y) => element.contains(document.elementFromPoint(left + 2, y)));
}

/**
 * The links within the page whose target is not on the screen once they are followed, or lies under something; the first link for
 * each target, since the browser refuses more than 200 in ten seconds. Those in the contents are followed out of the open contents.
 */
export async function lostTargets() {
  const lost = [];
  const found = document.querySelectorAll('nav li a, main a[href^="#"]');
  const links = new Map([...found].reverse().map((link) => [link.getAttribute('href') ?? '', link]));
  const opening = document.querySelector('body > header a[href="#contents"]');
  for (const [href, link] of links) {
    if (!(link instanceof HTMLElement)) throw new Error(`${href} is no link that can be clicked`);
    const target = document.getElementById(href.slice(1));
    if (link.closest('nav') && opening instanceof HTMLElement && opening.offsetParent) opening.click();
    await new Promise((resolve) => setTimeout(resolve));
    link.click();
    await new Promise((resolve) => setTimeout(resolve));
    const { left = 0, top = 0, height = 0 } = target?.getBoundingClientRect() ?? {};
    // A row may be higher than the screen: its beginning and its first lines count.
    const isShown = [top + 2, top + Math.min(height, 60) - 2].every((y) =>
      target?.contains(document.elementFromPoint(left + 2, y)),
    );
    if (!isShown) lost.push(href);
  }
  return lost;
}

/** The forms in which requests are shown. */
export function shownForms() {
  const forms = [...document.querySelectorAll('.sample pre[class]')];
  return [...new Set(forms.filter((form) => getComputedStyle(form).visibility === 'visible').map((form) => form.className))];
}

/** Presses each button that copies a sample, and gives what is in the clipboard after each. */
export async function copiedSamples() {
  const copied = [];
  for (const button of document.querySelectorAll('button')) {
    button.click();
    copied.push(await navigator.clipboard.readText());
  }
  return copied;
}

/** The labels of methods and statuses by what they say, and every text of too little contrast with what it stands on. */
export function contrasts() {
  /** @param {string} colour */
  const channels = (colour) => (/^rgba?\((.*)\)$/.exec(colour)?.[1] ?? '').split(/[ ,/]+/).map(Number);
  /** @param {string} colour Relative luminance, as WCAG 2 defines it. */
  const luminance = (colour) => {
    const [red = 0, green = 0, blue = 0] = channels(colour).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  /** @param {Element | null} element @returns {string} */
  const ground = (element) => {
    if (!element) throw new Error('nothing has a background');
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? ground(element.parentElement) : backgroundColor;
  };
  /** @param {Element} element */
  const contrast = (element) => {
    const [one = 0, other = 0] = [getComputedStyle(element).color, ground(element)].map(luminance);
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  };
  const withText = [...document.querySelectorAll('body *:not(script)')].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim()),
  );
  const labels = [...document.querySelectorAll('.label')];
  const colours = labels.map((label) => [label.textContent ?? '', `${getComputedStyle(label).color} on ${ground(label)}`]);
  return {
    colours: /** @type {Record<string, string>} */ (Object.fromEntries(colours)),
    least: Math.min(...labels.map(contrast)),
    faint: withText.filter((element) => contrast(element) < 4.5).map((element) => `${contrast(element)}: ${element.outerHTML}`),
  };
}
