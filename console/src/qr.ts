/**
 * QR codes (ISO/IEC 18004) of bytes with error correction level L, up to version 20: a few hundred characters. What is drawn
 * is a secret, so nobody else is asked to draw it.
 */

/** For versions 1 to 20 at level L. */
const CORRECTION_PER_BLOCK = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28];
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8];
const BYTE_MODE = 0b0100;
const LEVEL_L = 0b01;

/**
 * Which modules are dark, row by row, without the quiet zone.
 * @throws RangeError for a text that is too long
 */
export function qrCode(text: string): boolean[][] {
  const bytes = new TextEncoder().encode(text);
  const version = BLOCKS.findIndex((_, index) => bytes.length + 3 <= capacityOf(index + 1)) + 1;
  if (version === 0) throw new RangeError('too long for a QR code');
  const canvas = new Canvas(version);
  canvas.drawPatterns();
  canvas.drawData(withCorrection(fill(bytes, version), version));
  return canvas.dark;
}

/** All codewords of a version: what is left of the square by the patterns. */
function codewordsOf(version: number): number {
  let modules = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const aligned = Math.floor(version / 7) + 2;
    modules -= (25 * aligned - 10) * aligned - 55;
  }
  if (version >= 7) modules -= 36;
  return Math.floor(modules / 8);
}

function capacityOf(version: number): number {
  const index = version - 1;
  return codewordsOf(version) - (CORRECTION_PER_BLOCK[index] ?? 0) * (BLOCKS[index] ?? 0);
}

/** Mode, length, bytes, and padding up to the capacity. */
function fill(bytes: Uint8Array, version: number): number[] {
  const bits: number[] = [];
  const put = (value: number, length: number) => {
    for (let bit = length - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1);
  };
  put(BYTE_MODE, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  put(0, 4);
  while (bits.length % 8 !== 0) bits.push(0);
  const words: number[] = [];
  for (let at = 0; at < bits.length; at += 8) words.push(Number.parseInt(bits.slice(at, at + 8).join(''), 2));
  for (let pad = 0xec; words.length < capacityOf(version); pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

/** Splits into blocks, adds the correction of each, and takes a word of each in turn. */
function withCorrection(words: number[], version: number): number[] {
  const count = BLOCKS[version - 1] ?? 1;
  const correction = CORRECTION_PER_BLOCK[version - 1] ?? 0;
  const short = Math.floor(words.length / count);
  const firstLong = count - (words.length % count);
  const generator = generatorOf(correction);
  const blocks: number[][] = [];
  const remainders: number[][] = [];
  for (let block = 0, at = 0; block < count; block += 1) {
    const length = block < firstLong ? short : short + 1;
    const part = words.slice(at, at + length);
    blocks.push(part);
    remainders.push(remainderOf(part, generator));
    at += length;
  }
  const inTurn = (parts: number[][], length: number) =>
    Array.from({ length }, (_, at) => parts.map((part) => part[at])).flat();
  return [...inTurn(blocks, short + 1), ...inTurn(remainders, correction)].filter((word) => word !== undefined);
}

function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> bit) & 1) * a;
  }
  return product;
}

/** The coefficients of (x - 1)(x - 2)(x - 4)…, without the first, which is 1. */
function generatorOf(degree: number): number[] {
  const result = [...Array<number>(degree - 1).fill(0), 1];
  let root = 1;
  for (let factor = 0; factor < degree; factor += 1) {
    for (let at = 0; at < degree; at += 1) result[at] = multiply(result[at] ?? 0, root) ^ (result[at + 1] ?? 0);
    root = multiply(root, 2);
  }
  return result;
}

function remainderOf(words: number[], generator: number[]): number[] {
  const result = generator.map(() => 0);
  for (const word of words) {
    const factor = word ^ (result.shift() ?? 0);
    result.push(0);
    generator.forEach((coefficient, at) => {
      result[at] = (result[at] ?? 0) ^ multiply(coefficient, factor);
    });
  }
  return result;
}

class Canvas {
  readonly dark: boolean[][];
  readonly #taken: boolean[][];
  readonly #size: number;
  readonly #version: number;

  constructor(version: number) {
    this.#version = version;
    this.#size = version * 4 + 17;
    const square = () => Array.from({ length: this.#size }, () => Array<boolean>(this.#size).fill(false));
    this.dark = square();
    this.#taken = square();
  }

  drawPatterns(): void {
    const end = this.#size - 7;
    for (let at = 0; at < this.#size; at += 1) {
      this.#set(6, at, at % 2 === 0);
      this.#set(at, 6, at % 2 === 0);
    }
    for (const [x, y] of [[3, 3] as const, [end + 3, 3] as const, [3, end + 3] as const]) this.#drawRings(x, y, 4);
    const places = this.#alignment();
    const last = places.at(-1);
    for (const x of places) {
      for (const y of places) {
        const isCorner = (x === 6 && y === 6) || (x === 6 && y === last) || (x === last && y === 6);
        if (!isCorner) this.#drawRings(x, y, 2);
      }
    }
    this.#drawFormat();
    if (this.#version >= 7) this.#drawVersion();
  }

  /** Two columns at a time from the right, up and down in turn, under the mask of a chessboard. */
  drawData(words: number[]): void {
    let bit = 0;
    for (let right = this.#size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      for (let step = 0; step < this.#size; step += 1) {
        const isUp = ((right + 1) & 2) === 0;
        const y = isUp ? this.#size - 1 - step : step;
        for (const x of [right, right - 1]) {
          if (this.#taken[y]?.[x] !== false) continue;
          const isSet = (((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
          this.#set(x, y, isSet !== ((x + y) % 2 === 0));
          bit += 1;
        }
      }
    }
  }

  #set(x: number, y: number, isDark: boolean): void {
    const row = this.dark[y];
    const taken = this.#taken[y];
    if (row === undefined || taken === undefined || x < 0 || x >= this.#size) return;
    row[x] = isDark;
    taken[x] = true;
  }

  #drawRings(centreX: number, centreY: number, radius: number): void {
    for (let y = -radius; y <= radius; y += 1) {
      for (let x = -radius; x <= radius; x += 1) {
        const ring = Math.max(Math.abs(x), Math.abs(y));
        this.#set(centreX + x, centreY + y, radius === 4 ? ring !== 2 && ring !== 4 : ring !== 1);
      }
    }
  }

  #alignment(): number[] {
    if (this.#version === 1) return [];
    const count = Math.floor(this.#version / 7) + 2;
    const step = Math.ceil((this.#version * 4 + 4) / (count * 2 - 2)) * 2;
    return [6, ...Array.from({ length: count - 1 }, (_, at) => this.#size - 7 - (count - 2 - at) * step)];
  }

  /** The level, and mask 0. */
  #drawFormat(): void {
    const bits = ((LEVEL_L << 13) | checkOf(LEVEL_L << 3, 10, 0x537)) ^ 0x5412;
    const bit = (at: number) => ((bits >> at) & 1) === 1;
    for (let at = 0; at < 15; at += 1) {
      const along = at < 6 ? at : at < 8 ? at + 1 : 15 - at - 1;
      if (at < 8) this.#set(8, along, bit(at));
      else this.#set(at === 8 ? 7 : along, 8, bit(at));
      if (at < 8) this.#set(this.#size - 1 - at, 8, bit(at));
      else this.#set(8, this.#size - 15 + at, bit(at));
    }
    this.#set(8, this.#size - 8, true);
  }

  #drawVersion(): void {
    const bits = (this.#version << 12) | checkOf(this.#version, 12, 0x1f25);
    for (let at = 0; at < 18; at += 1) {
      const isDark = ((bits >> at) & 1) === 1;
      const [a, b] = [this.#size - 11 + (at % 3), Math.floor(at / 3)];
      this.#set(a, b, isDark);
      this.#set(b, a, isDark);
    }
  }
}

/** The remainder of a BCH code. */
function checkOf(data: number, length: number, polynomial: number): number {
  let rest = data;
  for (let step = 0; step < length; step += 1) rest = (rest << 1) ^ ((rest >> (length - 1)) * polynomial);
  return rest;
}
