/** The reference as a page: what is in its HTML. `npm run viewer` looks at it in a browser. */
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../lib/api/derive.ts';
import { formats } from '../../lib/api/formats.ts';
import { routes } from '../../lib/api/routes.ts';
import { html } from '../../lib/docs/index.ts';

const page = html();
const rows = rowsOf(routes);
const idsIn = (text: string): string[] => [...text.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id);
const cellsOf = (head: string): string[] =>
  [...page.matchAll(new RegExp(`<td data-head="${head}">(.*?)</td>`, 'g'))].map(([, cell = '']) => cell);

describe('the page', () => {
  it('has an id once, and each to which it links', () => {
    const ids = idsIn(page);
    expect(new Set(ids).size).toBe(ids.length);
    const linked = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id = '']) => id);
    expect(linked.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('lists every request of the table in its contents, with the method as a label', () => {
    const listed = [
      ...page.matchAll(/<li class="level-3"><a href="[^"]+"><b class="label (\w+)">(\w+)<\/b> <span>(.*?)<\/span><\/a><\/li>/g),
    ];
    expect(listed.map(([, kind, method, summary]) => [kind, method, summary])).toEqual(
      rows.map(({ method: { method }, request: { summary } }) => [method.toLowerCase(), method, summary]),
    );
  });

  it.each(['success', 'failure', 'status'])('shows each status of the column %s as a label of its class', (head) => {
    const cells = cellsOf(head);
    expect(cells.length).toBeGreaterThan(15);
    const label = '<b class="label is-(\\d)xx">\\1\\d\\d</b>';
    const fits = new RegExp(`^${label}(?: [A-Z][\\w ]+|(?:, <b class="label is-(\\d)xx">\\2\\d\\d</b>)*)$`);
    expect(cells.filter((cell) => !fits.test(cell))).toEqual([]);
  });

  it('links each parameter to its format, where its pattern stands once', () => {
    const links = cellsOf('format').filter((cell) => cell.startsWith('<a '));
    expect(links.length).toBe(rows.flatMap(({ parameters }) => parameters).length);
    expect(cellsOf('pattern')).toHaveLength(Object.keys(formats).length);
  });

  it('takes its title as a string or beside other options, and has nothing of it interpreted', () => {
    const title = 'Mine & <b>yours</b>';
    const escaped = 'Mine &amp; &lt;b&gt;yours&lt;/b&gt;';
    expect(html(title)).toContain(`<title>${escaped}</title>`);
    expect(html(title)).toContain(`<h1 id="api"><a href="#api">${escaped}</a></h1>`);
    expect(html({ title })).toBe(html(title));
    expect(html({})).toBe(page);
  });

  it('shows the links that it is given, and has its commands ask the server that it is given', () => {
    const given = html({ links: { Source: 'https://source.example/?a=b&c' }, server: 'https://registry.example' });
    expect(given).toContain('<a href="https://source.example/?a=b&amp;c">Source</a>');
    expect(given).toContain('curl -i https://registry.example/v2/</code>');
    expect(page).toContain('curl -i http://127.0.0.1:5000/v2/</code>');
  });
});
