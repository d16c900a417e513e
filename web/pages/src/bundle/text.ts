/** Numbers and times as text. */

/** Return Unix time as "2026-03-02 09:00:00 UTC". */
export function utc(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** Return a number of units of 10^-places with two decimals, rounded to the nearest, and thousands apart. */
export function amount(value: bigint, places: number): string {
  const unit = 10n ** BigInt(places - 2);
  const size = value < 0n ? -value : value;
  const cents = (size + unit / 2n) / unit;
  const whole = String(cents / 100n).replace(/\B(?=(?:\d{3})+$)/g, "\u202f");
  return `${value < 0n ? "\u2212" : ""}${whole}.${String(cents % 100n).padStart(2, "0")}`;
}
