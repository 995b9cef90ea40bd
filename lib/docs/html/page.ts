/** The reference as one HTML page without fonts, pictures or other files. */
import type { Part } from '../blocks.ts';
import { writeBlock } from './block.ts';
import { writeContents } from './contents.ts';
import { escapeHtml } from './line.ts';
import { script } from './script.ts';
import { style } from './style.ts';

/** Options of the page. */
export interface HtmlOptions {
  /** The title of the page. Default: `API reference`. */
  readonly title?: string | undefined;
  /** Links at its top, by their labels: `{ 'OpenAPI document': '/openapi.json' }`. Default: none. */
  readonly links?: Readonly<Record<string, string>> | undefined;
  /** The URL where the API is served, without `/v2`, for the commands of curl. Default: `http://127.0.0.1:5000`. */
  readonly server?: string | undefined;
  /**
   * In place of `server`, where the page is served beside the API: the path before `/v2`, such as nothing or `/registry`. The commands
   * then go where the reader found the page, which its script sees.
   */
  readonly serverPath?: string | undefined;
}

/** What the page is written of. */
interface Written {
  readonly title: string;
  /** What its commands ask. */
  readonly server: string;
  /** Whether that stands for the server that the reader has the page from. */
  readonly isHere: boolean;
}

/**
 * The page. It fits any screen, follows the color scheme of the reader, and works without its script, which adds the buttons that
 * copy, and has the commands go to the reader's server. Where there is no room for the contents beside the text, they are the target of a link, and lie over the text as long as
 * they are it.
 */
export function toHtml({ title, server, isHere }: Written, parts: readonly Part[]): string {
  const name = escapeHtml(title);
  const here = isHere ? ` data-server="${escapeHtml(server)}"` : '';
  return `<!doctype html>
<html lang="en"${here}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<style>${style}</style>
</head>
<body>
<header><a href="#api">${name}</a><a href="#contents">Contents</a></header>
<nav id="contents" aria-label="Contents">
<header><a href="#api">${name}</a><a id="text" href="#text">Close</a></header>
<fieldset><legend>Requests as</legend>
<input type="radio" name="form" id="as-http" aria-label="HTTP" checked><label for="as-http">HTTP</label>
<input type="radio" name="form" id="as-curl" aria-label="curl"><label for="as-curl">curl</label>
</fieldset>
${writeContents(parts)}
</nav>
<main>
${parts.flatMap(({ blocks }) => blocks.map((block) => writeBlock(block, server))).join('\n')}
</main>
<script>${script}</script>
</body>
</html>
`;
}
