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
