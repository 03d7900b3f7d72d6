/** One mail to one person, in two renderings of the same words. */
export interface MailMessage {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A paragraph; a code that stands for itself; things one below the other; or the one way on from a mail. */
export type Block = string | { code: string } | { list: readonly string[] } | { link: { url: string; label: string } };

/** The words of a mail. Nothing in them is markup. */
export interface MailText {
  subject: string;
  blocks: Block[];
}

export interface Frame {
  /** As HTML names it. */
  language: string;
  footer: string;
}

const LINE_WIDTH = 72;

/** A mail as all of them look: nothing is loaded, and it is read in light and in dark. */
export function renderMail(to: string, { subject, blocks }: MailText, { language, footer }: Frame): MailMessage {
  const text = [...blocks.map(renderText), `-- \n${wrap(footer)}`].join('\n\n');
  const html = [
    '<!doctype html>',
    `<html lang="${escapeHtml(language)}" style="${inline.page}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
    `<title>${escapeHtml(subject)}</title>`,
    `<style>${darkStyles}</style></head>`,
    `<body class="page" style="${inline.body}"><div class="sheet" style="${inline.sheet}">`,
    `<h1 style="${inline.heading}">${escapeHtml(subject)}</h1>`,
    ...blocks.map(renderHtml),
    `<p class="footer" style="${inline.footer}">${escapeHtml(footer)}</p>`,
    '</div></body></html>',
  ];
  return { to, subject, text: `${text}\n`, html: `${html.join('\n')}\n` };
}

/** Mail programs know little CSS and forget style sheets: what must hold stands at the element. */
const inline = {
  page: 'color-scheme: light dark',
  body: "margin: 0; padding: 16px; background: #f4f5f7; color: #1c2430; font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Arial, sans-serif",
  sheet:
    'max-width: 560px; margin: 0 auto; padding: 24px; background: #ffffff; border: 1px solid #d9dee5; border-radius: 8px; overflow-wrap: break-word',
  heading: 'margin: 0 0 16px; font-size: 20px; line-height: 1.3',
  paragraph: 'margin: 0 0 16px',
  code: 'margin: 0 0 16px; padding: 12px; border: 1px solid #d9dee5; border-radius: 6px; text-align: center; font: 28px/1.4 ui-monospace, Menlo, Consolas, monospace; letter-spacing: 4px; text-indent: 4px',
  list: 'margin: 0 0 16px; padding: 0 0 0 20px',
  item: 'margin: 0 0 4px',
  link: 'display: inline-block; padding: 10px 18px; background: #1d4ed8; color: #ffffff; border-radius: 6px; text-decoration: none; font-weight: 600',
  address: 'margin: 0 0 16px; font-size: 14px; word-break: break-all',
  footer: 'margin: 24px 0 0; padding: 12px 0 0; border-top: 1px solid #d9dee5; font-size: 13px; color: #5b6675',
};

const darkStyles =
  '@media (prefers-color-scheme: dark) { ' +
  '.page { background: #14181f !important; color: #e6e9ee !important } ' +
  '.sheet { background: #1c222b !important; border-color: #363f4b !important } ' +
  '.code { border-color: #4a5563 !important } ' +
  '.footer { border-color: #363f4b !important; color: #a3adba !important } }';

function renderText(block: Block): string {
  if (typeof block === 'string') return wrap(block);
  if ('code' in block) return block.code;
  if ('link' in block) return `${wrap(block.link.label)}:\n${block.link.url}`;
  return block.list.map((item) => wrap(`- ${item}`, '  ')).join('\n');
}

function renderHtml(block: Block): string {
  if (typeof block === 'string') return `<p style="${inline.paragraph}">${wrap(escapeHtml(block))}</p>`;
  if ('code' in block) return `<p class="code" style="${inline.code}">${escapeHtml(block.code)}</p>`;
  if ('link' in block) {
    const url = escapeHtml(block.link.url);
    return [
      `<p style="${inline.paragraph}"><a href="${url}" style="${inline.link}">${escapeHtml(block.link.label)}</a></p>`,
      `<p style="${inline.address}">${url}</p>`,
    ].join('\n');
  }
  const items = block.list.map((item) => `<li style="${inline.item}">${wrap(escapeHtml(item))}</li>`);
  return [`<ul style="${inline.list}">`, ...items, '</ul>'].join('\n');
}

/** Breaks at spaces only, so that an address or a URL stays whole. */
function wrap(paragraph: string, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(' ')) {
    const before = lines.length === 0 ? '' : indent;
    if (line !== '' && before.length + line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(before + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, (lines.length === 0 ? '' : indent) + line].join('\n');
}

const htmlEntities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(plain: string): string {
  return plain.replace(/[&<>"']/g, (character) => htmlEntities[character] ?? character);
}
