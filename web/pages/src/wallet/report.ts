/** The private report of an account: amounts, and the scenarios of each underlying as the report page shows them. */

import { element } from "../dom.js";

/** What the module says of an account; amounts are decimal texts in the quote currency. */
export interface Report {
  quote: string;
  healthy: boolean;
  maintenance: string;
  required: string;
  cash: string;
  mark: string;
  collateral: string;
  equity: string;
  cushion: string;
  cash_needed: string;
  underlyings: Underlying[];
  scenarios: Scenario[];
}

interface Underlying {
  underlying: string;
  positions: number;
  binding_scenario: number | null;
  scenarios: string[];
  risk: string;
  delta: string | null;
}

interface Scenario {
  price: string;
  volatility: string;
  cover: string;
}

const SHADES = 5;

/** Show a report in a section. */
export function showReport(section: HTMLElement, report: Report, claim: string, about: string): void {
  const title = element("h2", "Margin report: ");
  const verdict = element("span", report.healthy ? "✓ healthy" : "✗ not healthy");
  verdict.className = `verdict ${report.healthy ? "good" : "bad"}`;
  title.append(verdict, ` at ${claim}`);
  const tiles = element("dl");
  tiles.className = "tiles";
  for (const [name, value] of [
    ["Equity", report.equity],
    ["Maintenance margin", report.maintenance],
    ["Required", report.required],
    [report.healthy ? "Cushion" : "Shortfall", report.cushion.replace("-", "")],
    ["Deposit needed", report.cash_needed],
  ] as const) {
    const tile = element("div");
    tile.append(element("dt", name), element("dd", shown(value, 2)));
    tiles.append(tile);
  }
  const maps = element("div");
  maps.className = "maps";
  maps.append(...report.underlyings.flatMap((one) => heat(one, report.scenarios)));
  const text = `Snapshot of ${about}. Amounts are in ${report.quote}.`;
  const parts = table(
    "Equity",
    ["part", "amount"],
    [
      ["cash", shown(report.cash, 2)],
      ["positions at their marks", shown(report.mark, 2)],
      ["collateral after haircuts", shown(report.collateral, 2)],
      ["equity", shown(report.equity, 2)],
    ],
  );
  parts.className = "narrow";
  parts.querySelector("tbody tr:last-child")!.className = "sum";
  const heading = element("h3", "Gain or loss by scenario");
  const quiet = element(
    "p",
    "Price and volatility moves in scan ranges of the model; ◀ marks the scenario that counts.",
  );
  quiet.className = "quiet";
  section.replaceChildren(title, element("p", text), tiles, parts, heading, quiet, maps);
  section.hidden = false;
}

/** The scenarios of an underlying: price moves as rows, volatility moves as columns; those with another cover below. */
function heat(one: Underlying, scenarios: readonly Scenario[]): HTMLElement[] {
  const values = one.scenarios.map(Number);
  const most = Math.max(...values.map(Math.abs));
  const cover = scenarios[0]?.cover;
  const numbers = [...scenarios.keys()];
  const grid = numbers.filter((number) => scenarios[number]!.cover === cover);
  const [prices, volatilities] = (["price", "volatility"] as const).map((name) => {
    const found = new Set(grid.map((number) => scenarios[number]![name]));
    return [...found].sort((a, b) => fraction(a) - fraction(b));
  }) as [string[], string[]];
  const cell = (number: number | undefined): HTMLElement => {
    if (number === undefined) return element("td", "–");
    const value = values[number]!;
    const size = value === 0 ? 0 : Math.max(1, Math.round((Math.abs(value) / most) * SHADES));
    const made = element("td", shown(one.scenarios[number]!, 0) + (number === one.binding_scenario ? " ◀" : ""));
    made.className = `${size === 0 ? "" : value > 0 ? `g${size}` : `l${size}`}`;
    if (number === one.binding_scenario) made.classList.add("binds");
    return made;
  };
  const made = table(
    `${one.underlying}: risk ${shown(one.risk, 2)}`,
    ["price", ...volatilities.map((text) => `volatility ${signed(text)}`)],
    prices.map((price) => [
      signed(price),
      ...volatilities.map((volatility) =>
        cell(grid.find((number) => scenarios[number]!.price === price && scenarios[number]!.volatility === volatility)),
      ),
    ]),
  );
  made.className = "heat";
  const others = numbers.filter((number) => scenarios[number]!.cover !== cover);
  if (others.length === 0) return [made];
  const below = table(
    `${one.underlying}: other scenarios, after cover`,
    ["price", "volatility", "cover", "profit"],
    others.map((number) => {
      const { price, volatility, cover } = scenarios[number]!;
      return [signed(price), signed(volatility), cover, cell(number)];
    }),
  );
  below.className = "heat";
  return [made, below];
}

function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (string | HTMLElement)[])[],
): HTMLElement {
  const made = element("table");
  const top = element("tr");
  top.append(...head.map((text) => scoped("col", text)));
  top.firstElementChild!.className = "text";
  const body = element("tbody");
  for (const [first, ...rest] of rows) {
    const row = element("tr");
    row.append(
      scoped("row", String(first)),
      ...rest.map((one) => (typeof one === "string" ? element("td", one) : one)),
    );
    body.append(row);
  }
  const titles = element("thead");
  titles.append(top);
  made.append(element("caption", caption), titles, body);
  return made;
}

function scoped(scope: string, text: string): HTMLElement {
  const made = element("th", text);
  made.setAttribute("scope", scope);
  return made;
}

/** The value of "1/3", "-2" or "1/2 range". */
function fraction(text: string): number {
  const [above, below = "1"] = text.split(" ")[0]!.split("/");
  return Number(above) / Number(below);
}

function signed(text: string): string {
  return text.startsWith("-") ? `\u2212${text.slice(1)}` : text === "0" ? text : `+${text}`;
}

/** A decimal text with some decimals, and thousands apart. */
function shown(text: string, decimals: number): string {
  const rounded = Number(text).toLocaleString("en-GB", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return rounded.replaceAll(",", "\u202f").replace("-", "\u2212");
}
