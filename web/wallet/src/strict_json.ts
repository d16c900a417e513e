/** JSON without what readers could interpret differently: duplicate keys, floats, large numbers, deep nesting. */

import { InputError } from "./errors.js";

const MOST_DEPTH = 100;
const TOKEN = /[ \t\n\r]*([{}[\],:"]|-?(?:0|[1-9][0-9]*)(?![0-9.eE])|true|false|null)/y;

/**
 * Parse JSON text.
 *
 * @param source Its name in errors, which never contain a value.
 * @param most The largest size in characters.
 * @throws InputError if it is no JSON, too large or too deep, or has a duplicate key or a number that is no integer.
 */
export function parseStrictJson(text: string, source: string, most: number): unknown {
  if (text.length > most) throw new InputError(`larger than ${most} characters`, { source });
  return new Reader(text.startsWith("\ufeff") ? text.slice(1) : text, source).document();
}

class Reader {
  private place = 0;
  private readonly text: string;
  private readonly source: string;

  constructor(text: string, source: string) {
    this.text = text;
    this.source = source;
  }

  document(): unknown {
    const value = this.value(this.token(), "", 0);
    if (this.text.slice(this.place).trim() !== "") this.fail();
    return value;
  }

  private value(token: string, key: string, depth: number): unknown {
    if (depth > MOST_DEPTH) throw new InputError("nested too deeply", { source: this.source });
    if (token === "{") return this.object(key, depth);
    if (token === "[") return this.array(key, depth);
    if (/^["tfn]/.test(token)) return JSON.parse(token) as unknown;
    if (!/^-?\d/.test(token)) this.fail();
    const number = Number(token);
    if (!Number.isSafeInteger(number))
      throw new InputError("integers must have at most 15 digits", { source: this.source, key });
    return number;
  }

  private object(key: string, depth: number): Record<string, unknown> {
    const found: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    let token = this.token();
    while (token !== "}") {
      if (!token.startsWith('"')) this.fail();
      const name = JSON.parse(token) as string;
      const path = key ? `${key}.${name.slice(0, 80)}` : name.slice(0, 80);
      if (name in found) throw new InputError("duplicate key", { source: this.source, key: path });
      if (this.token() !== ":") this.fail();
      found[name] = this.value(this.token(), path, depth + 1);
      token = this.next("}");
    }
    return found;
  }

  private array(key: string, depth: number): unknown[] {
    const found: unknown[] = [];
    let token = this.token();
    while (token !== "]") {
      found.push(this.value(token, `${key}[${found.length}]`, depth + 1));
      token = this.next("]");
    }
    return found;
  }

  /** Return the end of a list, or the token after a comma, which must not be the end. */
  private next(end: string): string {
    const token = this.token();
    if (token === end) return token;
    if (token !== ",") this.fail();
    const following = this.token();
    if (following === end) this.fail();
    return following;
  }

  private token(): string {
    TOKEN.lastIndex = this.place;
    const found = TOKEN.exec(this.text)?.[1];
    if (found === undefined) this.fail();
    this.place = TOKEN.lastIndex;
    return found === '"' ? this.string() : found;
  }

  /** Return a string with its quotes, checked by the platform's parser. */
  private string(): string {
    const start = this.place - 1;
    let end = this.place;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === "\\" ? 2 : 1;
    const token = this.text.slice(start, end + 1);
    try {
      JSON.parse(token);
    } catch {
      this.fail();
    }
    this.place = end + 1;
    return token;
  }

  private fail(): never {
    throw new InputError(`not JSON at character ${this.place}, or a number that is no integer`, {
      source: this.source,
    });
  }
}
