/** Labels of methods and statuses. They say by their text what their colours say. */

/** A method as a label. */
export const methodLabel = (method: string): string => `<b class="label ${method.toLowerCase()}">${method}</b>`;

/** A status as a label, in the colour of its class. */
const statusLabel = (status: string): string => `<b class="label is-${status.charAt(0)}xx">${status}</b>`;

/** A method at the beginning, and what follows it. */
const call = /^(GET|HEAD|POST|PUT|PATCH|DELETE)(?: (.*)|$)/s;

/** HTML of code within a line, with the method that it begins with before it as a label. */
export function writeCode(html: string): string {
  const [, method, rest] = call.exec(html) ?? [undefined, undefined, html];
  return [method && methodLabel(method), rest && `<code>${rest}</code>`].filter(Boolean).join(' ');
}

/** HTML of a message of HTTP, with the method or the status of its first line as a label. The text stays what it is. */
export function labelFirst(html: string): string {
  return html
    .replace(call, (text, method: string) => methodLabel(method) + text.slice(method.length))
    .replace(/^(HTTP\/1\.1 )(\d{3})/, (_, protocol: string, status: string) => protocol + statusLabel(status));
}

/** A cell of a table, with labels if it is a status with its reason, or a list of statuses. */
export function labelStatuses(cell: string): string {
  return /^\d{3}(?: [A-Z][\w -]*|(?:, \d{3})*)$/.test(cell) ? cell.replaceAll(/\d{3}/g, statusLabel) : cell;
}
