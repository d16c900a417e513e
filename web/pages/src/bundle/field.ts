/** A value of a document with its key path. Values may be a stranger's: messages never repeat them. */

import { InputError } from "@zkmargin/wallet";

const DECIMAL = /^(?:0|-?[1-9][0-9]{0,77})$/;

/** A value of a document and its place. */
export class Field {
  readonly value: unknown;
  readonly source: string;
  readonly key: string;

  constructor(value: unknown, source: string, key = "") {
    this.value = value;
    this.source = source;
    this.key = key;
  }

  refuse(reason: string): never {
    throw new InputError(reason, { source: this.source, key: this.key });
  }

  /** The members of an object: all of the required names, perhaps the optional ones, and no others. */
  members<R extends string, O extends string = never>(
    required: readonly R[],
    optional: readonly O[] = [],
  ): Record<R, Field> & Partial<Record<O, Field>> {
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value)) {
      this.refuse("expected an object");
    }
    const found: Record<string, Field> = {};
    for (const [name, value] of Object.entries(this.value)) {
      const field = new Field(value, this.source, this.key ? `${this.key}.${name.slice(0, 80)}` : name.slice(0, 80));
      if (![...required, ...optional].includes(name as R & O)) field.refuse("unknown key");
      found[name] = field;
    }
    for (const name of required) {
      if (!Object.hasOwn(found, name)) {
        throw new InputError("missing", { source: this.source, key: this.key ? `${this.key}.${name}` : name });
      }
    }
    return found as Record<R, Field> & Partial<Record<O, Field>>;
  }

  entries(): [string, Field][] {
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value)) {
      this.refuse("expected an object");
    }
    return Object.entries(this.value).map(([name, value]) => {
      return [name, new Field(value, this.source, `${this.key}.${name.slice(0, 80)}`)];
    });
  }

  items(): Field[] {
    if (!Array.isArray(this.value)) this.refuse("expected a list");
    return this.value.map((one: unknown, place) => new Field(one, this.source, `${this.key}[${place}]`));
  }

  text(pattern = /^[^]*$/, expected = "a text"): string {
    if (typeof this.value !== "string" || !pattern.test(this.value)) this.refuse(`expected ${expected}`);
    return this.value;
  }

  constant(expected: string): void {
    if (this.value !== expected) this.refuse(`expected ${expected}`);
  }

  integer(low: bigint, high: bigint): bigint {
    const number = BigInt(this.text(DECIMAL, "an integer as a decimal string"));
    if (number < low || number > high) this.refuse(`must be from ${low} to ${high}`);
    return number;
  }
}
