/** The style of the page. */

/** The CSS. Colours come in pairs, for light and dark schemes; text has a contrast of 4.5 or more in both. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fff, #11151a);
  --ink: light-dark(#1c2430, #e3e8ee);
  --quiet: light-dark(#586474, #9aa6b5);
  --soft: light-dark(#f5f7fa, #191f27);
  --tint: light-dark(#eef1f5, #20272f);
  --line: light-dark(#dfe4ea, #2b333e);
  --link: light-dark(#0b57c2, #8bbcff);
  --mark: light-dark(#fff4c9, #3a3212);
  background: var(--paper);
  scroll-padding-top: 4.5rem;
}
* { box-sizing: border-box; }
body { color: var(--ink); font: 1rem/1.6 system-ui, sans-serif; margin: 0; overflow-wrap: anywhere; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
a:focus-visible, button:focus-visible, input:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }

main { container-type: inline-size; margin: 0 auto; max-width: 62rem; padding: 1rem 1.25rem 6rem; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 2rem; letter-spacing: -0.02em; margin: 1rem 0; }
h2 { border-top: 1px solid var(--line); font-size: 1.5rem; letter-spacing: -0.01em; margin: 3.5rem 0 1rem; padding-top: 1.75rem; }
h3 { font-size: 1.15rem; margin: 3rem 0 0.75rem; }
h1 a, h2 a, h3 a { color: inherit; }
p, main > ul, main > ol { max-width: 46rem; }
ul, ol { padding-left: 1.4rem; }
main li { margin: 0.3rem 0; }
main tr:target, main :target > a { background: var(--mark); }

code, pre { font: 0.8125rem/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { -webkit-box-decoration-break: clone; background: var(--tint); border-radius: 4px; box-decoration-break: clone; padding: 0.15em 0.35em; }
a code { color: inherit; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 8px; margin: 1rem 0; padding: 0.75rem 1rem; white-space: pre-wrap; }
pre code { background: none; padding: 0; }

.label { border-radius: 4px; font: 700 0.75rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; padding: 0.1em 0.45em; white-space: nowrap; }
.get, .is-3xx { background: light-dark(#e2edff, #14294a); color: light-dark(#0a4bab, #a4c9ff); }
.head { background: light-dark(#dcf3f5, #0d3338); color: light-dark(#0a5d68, #86dbe5); }
.post, .is-2xx { background: light-dark(#dcf5e4, #10331f); color: light-dark(#0c6130, #8be2ab); }
.put, .is-4xx { background: light-dark(#ffefd3, #3c2b0e); color: light-dark(#7d4500, #ffcb80); }
.patch { background: light-dark(#f0e7ff, #30214a); color: light-dark(#602aa6, #d6baff); }
.delete, .is-5xx { background: light-dark(#ffe4e4, #45191d); color: light-dark(#a8121d, #ffabab); }

table { border-collapse: collapse; font-size: 0.9375rem; line-height: 1.5; margin: 1.25rem 0; width: 100%; }
th, td::before { color: var(--quiet); font-size: 0.8125rem; font-weight: 600; text-transform: capitalize; }
th, td { border-bottom: 1px solid var(--line); overflow-wrap: break-word; padding: 0.55rem 1rem 0.55rem 0; text-align: left; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
td a { overflow-wrap: break-word; }
td code { overflow-wrap: anywhere; }
td a code, td:first-child code { overflow-wrap: inherit; }

.sample { border: 1px solid var(--line); border-radius: 8px; margin: 1.25rem 0; overflow: hidden; }
.sample section { display: grid; }
.sample section + section { border-top: 1px solid var(--line); }
.sample header { align-items: center; color: var(--quiet); display: flex; font-size: 0.8125rem; gap: 0.25rem; padding: 0.35rem 0.5rem 0.35rem 1rem; }
.sample header span { font-weight: 600; margin-right: 0.5rem; }
.sample pre { border: 0; border-radius: 0; grid-area: 2 / 1; margin: 0; }
.sample label, button { border: 1px solid transparent; border-radius: 5px; color: var(--quiet); cursor: pointer; font: 0.8125rem/1.5 system-ui, sans-serif; padding: 0.1rem 0.6rem; }
button { background: none; border-color: var(--line); margin-left: auto; }
.sample label:hover, button:hover { color: var(--ink); }
:root:has(#as-http:checked) .as-curl, :root:has(#as-curl:checked) .as-http { visibility: hidden; }
:root:has(#as-http:checked) .sample [for=as-http], :root:has(#as-curl:checked) .sample [for=as-curl] {
  background: var(--soft);
  border-color: var(--line);
  color: var(--ink);
}

body > header, nav > header { align-items: center; background: var(--paper); border-bottom: 1px solid var(--line); display: flex; gap: 1rem; height: 3.25rem; justify-content: space-between; padding: 0 1.25rem; position: sticky; top: 0; z-index: 1; }
body > header a:first-child, nav > header a:first-child { color: var(--ink); font-weight: 650; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
nav { background: var(--paper); display: none; font-size: 0.875rem; line-height: 1.4; overflow: auto; overscroll-behavior: contain; padding-bottom: 2rem; scroll-target-group: auto; }
nav:target { display: block; inset: 0; outline: none; position: fixed; z-index: 2; }
nav fieldset { border: 0; color: var(--quiet); margin: 0.75rem 1.25rem 0; padding: 0; }
nav legend { float: left; margin-right: 0.75rem; padding: 0; }
nav input { margin: 0 0.15rem 0 0; vertical-align: -0.1em; }
nav label { margin-right: 0.5rem; }
nav p { color: var(--quiet); font-size: 0.75rem; font-weight: 650; letter-spacing: 0.04em; margin: 1.5rem 1.25rem 0.4rem; text-transform: uppercase; }
nav ul { list-style: none; margin: 0; padding: 0 0.5rem; }
nav li a { border-radius: 6px; color: inherit; display: flex; gap: 0.5rem; padding: 0.3rem 0.75rem; }
nav li a:hover { background: var(--soft); text-decoration: none; }
nav li a:target-current { background: var(--tint); color: var(--link); }
nav .level-2:has(+ .level-3) { font-weight: 600; margin-top: 0.5rem; }
nav .label { align-self: start; flex: none; font-size: 0.625rem; margin-top: 0.15em; text-align: center; width: 3.5rem; }

@media (min-width: 64rem) {
  :root { scroll-padding-top: 1.5rem; }
  body { display: grid; grid-template-columns: 18.5rem minmax(0, 1fr); }
  body > header, nav > header a:last-child { display: none; }
  nav, nav:target { border-right: 1px solid var(--line); display: block; height: 100vh; inset: 0 auto; position: sticky; z-index: auto; }
  main { padding: 1rem 2.5rem 6rem; width: 100%; }
}
@container (max-width: 44rem) {
  thead { display: none; }
  tr { border: 1px solid var(--line); border-radius: 8px; display: block; margin: 0.75rem 0; padding: 0.5rem 0; }
  td { border: 0; display: block; padding: 0.15rem 0.9rem 0.15rem 6.5rem; position: relative; }
  td:first-child { padding-left: 0.9rem; }
  td:empty { display: none; }
  td + td::before { content: attr(data-head); left: 0.9rem; line-height: 1.8; position: absolute; }
}
@media print {
  body > header, nav, button { display: none; }
}
`;
