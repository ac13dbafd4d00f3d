const paths = {
  setup:
    'M12 3l1.8 5.4L19 10l-5.2 1.6L12 17l-1.8-5.4L5 10l5.2-1.6L12 3ZM18.5 15.5l.8 2.2 2.2.8-2.2.8-.8 2.2-.8-2.2-2.2-.8 2.2-.8.8-2.2Z',
  overview: 'M4 19V5M4 19h16M8 15l3.5-4 3 2.5L19 8',
  workers: 'M4 5.5h16v10H4zM9 19.5h6M12 15.5v4',
  requests: 'M4 8h14l-3.5-3.5M20 16H6l3.5 3.5',
  files: 'M6 3.5h7.5L18 8v12.5H6zM13.5 3.5V8H18',
  keys: 'M14.5 9.5a4 4 0 1 0-3.6 4l1.6 1.6h2v2h2v2h3v-3l-5.3-5.3c.2-.4.3-.8.3-1.3ZM8.5 8.5h.01',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8v4.4M9 14.8v4.4',
  logs: 'M5 5h14M5 9.7h14M5 14.3h9M5 19h11',
  copy: 'M9 9h10.5v10.5H9zM15 9V4.5H4.5V15H9',
  check: 'M4.5 12.5l5 5 10-11',
  download: 'M12 4v11m0 0l-4.5-4.5M12 15l4.5-4.5M4.5 19.5h15',
  external: 'M13 4.5h6.5V11M19.5 4.5l-9 9M17 13.5v6H4.5V7h6',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.5v2M12 19.5v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2.5 12h2M19.5 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
  moon: 'M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7Z',
  auto: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 4v16',
  close: 'M6 6l12 12M18 6L6 18',
  more: 'M5.5 12h.01M12 12h.01M18.5 12h.01',
  search: 'M10.5 4.5a6 6 0 1 0 0 12 6 6 0 0 0 0-12ZM15 15l4.5 4.5',
  warning: 'M12 4.5l8.5 15h-17l8.5-15ZM12 10.5v4M12 17h.01',
  offline:
    'M4 4l16 16M8.5 12.5a5.5 5.5 0 0 1 2-1.2M5 9.3a10.5 10.5 0 0 1 3-2M12 17.5h.01M11.5 5.8A10.5 10.5 0 0 1 19 9.3M14 11.3a5.5 5.5 0 0 1 1.5 1.2',
  play: 'M7 4.5l12 7.5-12 7.5z',
  stop: 'M6.5 6.5h11v11h-11z',
  pause: 'M8.5 5v14M15.5 5v14',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7',
  plus: 'M12 5v14M5 12h14',
  up: 'M6 14.5l6-6 6 6',
  down: 'M6 9.5l6 6 6-6',
  signOut: 'M10 4.5H5v15h5M14.5 8l4 4-4 4M18.5 12H9.5',
} as const;

export type IconName = keyof typeof paths;

/** A small sign beside a word; it says nothing that the word does not. */
export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 3 : 1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}

export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M16 2c1.4 7.6 6.4 12.6 14 14-7.6 1.4-12.6 6.4-14 14-1.4-7.6-6.4-12.6-14-14C9.6 14.6 14.6 9.6 16 2Z" />
    </svg>
  );
}
