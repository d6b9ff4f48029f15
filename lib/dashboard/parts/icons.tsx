/** Drawn on 16 × 16, in the colour of the text. They repeat what a word beside them says. */
const PATHS: Readonly<Record<string, string>> = {
  queued: 'M3 5h10M3 8h10M3 11h6',
  started: 'M5.5 3.8v8.4L12 8z',
  deferred: 'M6 4v8M10 4v8',
  scheduled: 'M8 2.8a5.2 5.2 0 1 0 0 10.4A5.2 5.2 0 0 0 8 2.8zM8 5.5V8l1.8 1.4',
  limited: 'M3 8h10M5 4.5h6M5 11.5h6',
  finished: 'M3.5 8.5l3 3 6-7',
  failed: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  stopped: 'M4.5 4.5h7v7h-7z',
  canceled: 'M8 2.8a5.2 5.2 0 1 0 0 10.4A5.2 5.2 0 0 0 8 2.8zM4.4 11.6l7.2-7.2',
  gone: 'M4 8h8',
  created: 'M8 3.5v9M3.5 8h9',
  paused: 'M6 4v8M10 4v8',
  retry: 'M12.5 8a4.5 4.5 0 1 1-1.4-3.3M12.5 2.8v2.6h-2.6',
  good: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM5 8.3l2.1 2.1L11 6',
  warn: 'M8 2.2L1.8 13.2h12.4zM8 6.6v3M8 11.4v.3',
  bad: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.8v3.8M8 10.9v.3',
  brand: 'M3 4.2h7M3 8h10M3 11.8h5',
}

/** Every icon once a page: a list of jobs has one in each row. */
export function Sprite() {
  return (
    <svg width="0" height="0" class="sprite" aria-hidden="true">
      {Object.entries(PATHS).map(([name, path]) => (
        <symbol id={`i-${name}`} viewBox="0 0 16 16">
          <path d={path} fill={name === 'started' || name === 'stopped' ? 'currentColor' : undefined} />
        </symbol>
      ))}
    </svg>
  )
}

/** @param size that of the text beside it, as the style has it, where it is left out */
export function Icon({ name, size }: { readonly name: string; readonly size?: number }) {
  return (
    <svg class={size === undefined ? 'i' : undefined} width={size} height={size} aria-hidden="true">
      <use href={`#i-${Object.hasOwn(PATHS, name) ? name : 'gone'}`} />
    </svg>
  )
}
