/** Numbers and times for people, in the language of the page. `language` is that of i18next: `en` or `zh`. */

export function formatNumber(value: number, language: string, digits = 0): string {
  return formatter(language, { maximumFractionDigits: digits }).format(value);
}

/** 12.3k, 4.5M: for counts that may be large. */
export function formatCount(value: number, language: string): string {
  if (value < 10_000) return formatNumber(value, language, value < 10 ? 1 : 0);
  return formatter(language, { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

export function formatPercent(value: number, language: string): string {
  return formatter(language, { style: 'percent', maximumFractionDigits: value < 0.1 ? 1 : 0 }).format(value);
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function formatBytes(bytes: number, language: string): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${formatNumber(value, language, unit > 0 && value < 10 ? 1 : 0)} ${byteUnits[unit]}`;
}

/** 12 ms, 3.4 s, 2 min 5 s. */
export function formatDuration(durationMs: number, language: string): string {
  const units = language === 'zh' ? zhUnits : enUnits;
  if (durationMs < 1) return `0${units.ms}`;
  if (durationMs < 1_000) return `${formatNumber(durationMs, language)}${units.ms}`;
  if (durationMs < 60_000) return `${formatNumber(durationMs / 1_000, language, durationMs < 10_000 ? 2 : 1)}${units.s}`;
  const seconds = Math.round(durationMs / 1_000);
  if (seconds < 3_600) return joined(Math.floor(seconds / 60), units.min, seconds % 60, units.s);
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return joined(Math.floor(minutes / 60), units.h, minutes % 60, units.min);
  const hours = Math.round(minutes / 60);
  return joined(Math.floor(hours / 24), units.d, hours % 24, units.h);
}

const enUnits = { ms: ' ms', s: ' s', min: ' min', h: ' h', d: ' d' };
const zhUnits = { ms: ' 毫秒', s: ' 秒', min: ' 分', h: ' 小时', d: ' 天' };

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit} ${small}${smallUnit}`;
}

/** Time of day; with seconds for what passes by. */
export function formatTime(timeMs: number, language: string): string {
  return dateFormatter(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }).format(timeMs);
}

export function formatShortTime(timeMs: number, language: string): string {
  return dateFormatter(language, { hour: '2-digit', minute: '2-digit', hour12: false }).format(timeMs);
}

export function formatDateTime(timeMs: number, language: string): string {
  return dateFormatter(language, { dateStyle: 'medium', timeStyle: 'short', hour12: false }).format(timeMs);
}

const formatters = new Map<string, Intl.NumberFormat>();
function formatter(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return remembered(formatters, language, options, () => new Intl.NumberFormat(localeOf(language), options));
}

const dateFormatters = new Map<string, Intl.DateTimeFormat>();
function dateFormatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return remembered(dateFormatters, language, options, () => new Intl.DateTimeFormat(localeOf(language), options));
}

/** Making one costs far more than using it. */
function remembered<Made>(known: Map<string, Made>, language: string, options: object, make: () => Made): Made {
  const key = `${language} ${JSON.stringify(options)}`;
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}

function localeOf(language: string): string {
  return language === 'zh' ? 'zh-CN' : 'en-GB';
}
