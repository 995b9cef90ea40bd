/** The Content-Security-Policy of the page: its own style and script, and nothing else. */
import { createHash } from 'node:crypto';
import { script } from './script.ts';
import { style } from './style.ts';

const source = (content: string): string => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;

/** The value of the header. */
export const policy: string = `default-src 'none'; style-src ${source(style)}; script-src ${source(script)}`;
