import { Language } from './protocol';
import { Words, en } from './words_en';
import { zh } from './words_zh';

const CATALOGUES: { [name in Language]: Words } = { en, zh };

/** Says things in a language. */
export type Say = (key: keyof Words, values?: { [name: string]: string | number }) => string;

export function speaker(language: Language): Say {
  return (key, values = {}) =>
    CATALOGUES[language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Return a duration as 0:07, 12:07 or 3:12:07. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  return hours
    ? `${hours}:${two(minutes % 60)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

/** Return a count with its thousands apart. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** Return a number in at most four digits that count. */
export function real(value: number): string {
  return String(Number(value.toPrecision(4)));
}
