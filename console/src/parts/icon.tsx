/** Outlines on a grid of 16, drawn with the colour of the text. */
const paths = {
  key: 'M5.8 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM8.1 7.7 13.4 2.4M10.9 4.9l2 2',
  plus: 'M8 3v10M3 8h10',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.5 10.5 14 14',
  copy: 'M6 5.5h6.5a1 1 0 0 1 1 1V13a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V6.5a1 1 0 0 1 1-1ZM3 10.5h-.5a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1H9a1 1 0 0 1 1 1v.5',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  close: 'm4 4 8 8M12 4l-8 8',
  down: 'm4.5 6.5 3.5 3.5 3.5-3.5',
  right: 'm6.5 4.5 3.5 3.5-3.5 3.5',
  left: 'M9.5 4.5 6 8l3.5 3.5',
  bolt: 'M8.8 1.8 3.5 9h4l-.7 5.2L12.5 7h-4Z',
  flask: 'M6.2 2h3.6M6.8 2v4.2l-3.6 6A1.2 1.2 0 0 0 4.3 14h7.4a1.2 1.2 0 0 0 1-1.8l-3.5-6V2M5 10h6',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2v9.6l7.5-4.8Z',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.4',
  warning: 'M8 2.2 14.4 13.4H1.6ZM8 6.4v3.2M8 11.6v.1',
  error: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8v3.8M8 11v.1',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.4v3.8M8 5v.1',
  trash: 'M2.5 4.2h11M6 4V2.5h4V4M4 4.2l.6 8.8a1 1 0 0 0 1 .9h4.8a1 1 0 0 0 1-.9l.6-8.8M6.7 7v4M9.3 7v4',
  refresh: 'M13.5 8a5.5 5.5 0 1 1-1.7-4L13.5 5.6M13.5 2.2v3.4h-3.4',
  external: 'M9.5 2.5h4v4M13.5 2.5 7.8 8.2M6.5 3.5h-3a1 1 0 0 0-1 1v8a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1v-3',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  exit: 'M6 13.5H3.5a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1H6M10.5 11l3-3-3-3M13.2 8H6.2',
  user: 'M8 8.2a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM2.8 14a5.2 5.2 0 0 1 10.4 0',
  users:
    'M6 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 6 8ZM1.2 13.6a4.8 4.8 0 0 1 9.6 0M10.6 3a2.6 2.6 0 0 1 0 4.8M12.4 9.6a4.8 4.8 0 0 1 2.4 4',
  app: 'M3.5 2h9A1.5 1.5 0 0 1 14 3.5v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 2 12.5v-9A1.5 1.5 0 0 1 3.5 2ZM2 6h12M4.4 4v.1M6.4 4v.1',
  shield: 'M8 1.8 13.2 4v4c0 3-2.2 5.2-5.2 6.2C5 13.2 2.8 11 2.8 8V4ZM5.6 8l1.8 1.8 3-3.2',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4v.1M2.5 8v.1M2.5 12v.1',
  bulb: 'M6 13.8h4M8 2a4.2 4.2 0 0 0-2.4 7.6c.4.3.6.8.6 1.3v.5h3.6v-.5c0-.5.2-1 .6-1.3A4.2 4.2 0 0 0 8 2Z',
  gear: 'M8 10.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4ZM8 1.8v1.9M8 12.3v1.9M1.8 8h1.9M12.3 8h1.9M3.6 3.6l1.4 1.4M11 11l1.4 1.4M12.4 3.6 11 5M5 11l-1.4 1.4',
  download: 'M8 2.5v7.6M4.8 7 8 10.2 11.2 7M2.5 13.5h11',
  filter: 'M2 4h12M4.5 8h7M6.8 12h2.4',
  lock: 'M4 7.2h8a1 1 0 0 1 1 1v4.6a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V8.2a1 1 0 0 1 1-1ZM5.2 7V5a2.8 2.8 0 0 1 5.6 0v2',
} as const;

export type IconName = keyof typeof paths;

/** Decoration: what it means stands in words beside it, or in the label of its button. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
