/** Numbers as people read them: the same as kerasnb/notebook/numbers.py writes. */

/** Return a count with commas, "?" if it is not known. */
export function count(value: number | null): string {
  return value === null ? '?' : value.toLocaleString('en');
}

/** Return a large count in three digits: 1,234,567 as "1.23 M". */
export function large(value: number | null): string {
  const units: [number, number, string][] = [
    [1e12, 1e12, ' T'],
    [1e9, 1e9, ' G'],
    [1e6, 1e6, ' M'],
    [1e4, 1e3, ' k']
  ];
  for (const [least, size, unit] of value === null ? [] : units) {
    if (value! >= least) {
      const scaled = value! / size;
      return scaled.toFixed(scaled < 10 ? 2 : scaled < 100 ? 1 : 0) + unit;
    }
  }
  return count(value);
}

/** Return a number of bytes with a unit. */
export function memory(size: number | null): string {
  if (size === null) {
    return '?';
  }
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let place = 0;
  for (; size >= 1024 && place < 3; place++) {
    size /= 1024;
  }
  return `${size.toFixed(place ? 1 : 0)} ${units[place]}`;
}

/** Return a real number in a few digits, a dash if there is none. */
export function real(value: number | null, digits = 4): string {
  if (value === null) {
    return '–';
  }
  const [mantissa, exponent] = value.toPrecision(digits).split('e');
  const small = value !== 0 && Math.abs(value) < 1e-4;
  if (exponent === undefined && !small) {
    return String(Number(mantissa));
  }
  return value.toExponential(digits - 1).replace(/\.?0*e/, 'e');
}

export function percent(value: number | null): string {
  return value === null ? '–' : `${(100 * value).toFixed(1)}%`;
}

/** Return a text of at most `length` characters; Chinese ones count twice. */
export function short(text: string, length: number): string {
  let room = length;
  const signs = [...text];
  for (let place = 0; place < signs.length; place++) {
    room -= signs[place] > '\u2e7f' ? 2 : 1;
    if (room < 0) {
      return `${signs.slice(0, Math.max(place - 1, 1)).join('')}…`;
    }
  }
  return text;
}

/** Return about `wanted` round numbers from `low` to `high`. */
export function ticks(low: number, high: number, wanted: number): number[] {
  if (!(high > low)) {
    return [low];
  }
  const rough = (high - low) / wanted;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * ([1, 2, 2.5, 5, 10].find(m => size * m >= rough * 0.999) ?? 10);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k <= Math.floor(high / step + 1e-9); k++) {
    found.push(k * step);
  }
  return found;
}
