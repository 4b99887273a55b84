/** A line of a chart. */
export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

export interface ChartOptions {
  title: string;
  xLabel: string;
  yLabel: string;
  /** Powers of ten on the y axis. */
  logarithmic?: boolean;
  /** Marks of the x axis with their labels; default five round ones. */
  xMarks?: readonly (readonly [x: number, text: string])[];
}

const box = { width: 560, height: 260, left: 58, right: 14, top: 30, bottom: 42 };

/** A line chart as an SVG element; its colours are the page's custom properties --c0 to --c7. */
export function lineChart(series: readonly Series[], options: ChartOptions): string {
  const drawn = series.filter(({ points }) => points.length > 0);
  const all = drawn.flatMap(({ points }) => points);
  if (all.length === 0) return '';
  const xs = all.map(([x]) => x);
  const xLow = Math.min(0, ...xs);
  const xHigh = Math.max(...xs, xLow + 1e-9);
  const yMarks = options.logarithmic ? logMarks(all.map(([, y]) => y)) : roundMarks(Math.max(...all.map(([, y]) => y)));
  const yLow = yMarks[0] as number;
  const yHigh = yMarks.at(-1) as number;
  const scale = options.logarithmic ? (y: number) => Math.log10(Math.max(y, yLow)) : (y: number) => y;
  const atX = (x: number): number => box.left + ((x - xLow) / (xHigh - xLow)) * (box.width - box.left - box.right);
  const atY = (y: number): number => {
    const share = (scale(y) - scale(yLow)) / (scale(yHigh) - scale(yLow) || 1);
    return box.height - box.bottom - share * (box.height - box.top - box.bottom);
  };
  const xMarks = options.xMarks ?? roundMarks(xHigh).map((x): [number, string] => [x, short(x)]);
  const grid = [
    ...yMarks.map(
      (y) =>
        `<line class="grid" x1="${box.left}" x2="${box.width - box.right}" y1="${fixed(atY(y))}" y2="${fixed(atY(y))}"/><text class="mark" x="${box.left - 7}" y="${fixed(atY(y) + 4)}" text-anchor="end">${short(y)}</text>`,
    ),
    ...xMarks
      .filter(([x]) => x <= xHigh * 1.0001)
      .map(
        ([x, text]) =>
          `<line class="tick" x1="${fixed(atX(x))}" x2="${fixed(atX(x))}" y1="${box.height - box.bottom}" y2="${box.height - box.bottom + 4}"/><text class="mark" x="${fixed(atX(x))}" y="${box.height - box.bottom + 17}" text-anchor="middle">${text}</text>`,
      ),
  ];
  const lines = drawn.map(({ points, name }, index) => {
    const path = points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${fixed(atX(x))} ${fixed(atY(y))}`).join('');
    const colour = `var(--c${index % 8})`;
    const dots =
      points.length === 1
        ? points.map(([x, y]) => `<circle cx="${fixed(atX(x))}" cy="${fixed(atY(y))}" r="3" fill="${colour}"/>`)
        : [];
    return `<g><title>${escape(name)}</title><path d="${path}" stroke="${colour}"/>${dots.join('')}</g>`;
  });
  const legend = drawn.length > 1 ? legendOf(drawn) : '';
  return `<figure><svg viewBox="0 0 ${box.width} ${box.height}" role="img" aria-label="${escape(options.title)}"><text class="title" x="${box.left}" y="16">${escape(options.title)}</text>${grid.join('')}<text class="label" x="${(box.left + box.width - box.right) / 2}" y="${box.height - 6}" text-anchor="middle">${escape(options.xLabel)}</text><text class="label" transform="translate(13 ${(box.top + box.height - box.bottom) / 2}) rotate(-90)" text-anchor="middle">${escape(options.yLabel)}</text>${lines.join('')}</svg>${legend}</figure>`;
}

function legendOf(series: readonly Series[]): string {
  const items = series.map(
    ({ name }, index) => `<li><i style="background:var(--c${index % 8})"></i>${escape(name)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

/** Zero and some four round numbers, the last of which is not below `high`. */
export function roundMarks(high: number): number[] {
  const rough = Math.max(high, 1e-9) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? power * 10;
  return Array.from({ length: Math.ceil(high / step - 1e-9) + 1 }, (_, index) => index * step);
}

/** Powers of ten around the values, and halves between where these are few. */
export function logMarks(values: readonly number[]): number[] {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return [0.1, 1];
  const low = Math.floor(Math.log10(Math.min(...positive)));
  const high = Math.max(Math.ceil(Math.log10(Math.max(...positive))), low + 1);
  const powers = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  if (powers.length > 4) return powers;
  return powers.flatMap((power, index) => (index === powers.length - 1 ? [power] : [power, 2 * power, 5 * power]));
}

function short(value: number): string {
  if (value >= 1e6) return `${trim(value / 1e6)}M`;
  if (value >= 10_000) return `${trim(value / 1000)}k`;
  return trim(value);
}

function trim(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function fixed(value: number): string {
  return value.toFixed(1);
}

/** Text as it may stand in HTML, attributes included. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
