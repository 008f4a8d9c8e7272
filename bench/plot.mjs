// Line plots with logarithmic axes, as SVG: panels in two columns, one legend. The colours follow the light or dark mode of
// the reader's browser.

const WIDTH = 880;
const MARGIN = { left: 92, right: 36, gap: 84 };
const PANEL = { width: (WIDTH - MARGIN.left - MARGIN.right - MARGIN.gap) / 2, height: 232 };
const HEAD = 78;
const PANEL_HEAD = 34;
const PANEL_FOOT = 62;
const LEGEND_STEP = 34;
const CHARACTER = 7.2;

const COLOURS = {
  light: {
    back: "#ffffff",
    edge: "#d0d7de",
    text: "#1f2328",
    faint: "#59636e",
    grid: "#e6e9ed",
    series: ["#c2410c", "#0969da", "#6e7781"],
  },
  dark: {
    back: "#0d1117",
    edge: "#3d444d",
    text: "#e6edf3",
    faint: "#9198a1",
    grid: "#262c34",
    series: ["#ff8c42", "#58a6ff", "#9aa4af"],
  },
};

const n = (value) => Number(value.toFixed(1));
const escapeText = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
const text = (
  x,
  y,
  content,
  /** @type {{ kind?: string, anchor?: string, turn?: number }} */ { kind = "", anchor = "start", turn } = {},
) =>
  `<text x="${n(x)}" y="${n(y)}"${kind && ` class="${kind}"`} text-anchor="${anchor}"${turn ? ` transform="rotate(${turn} ${n(x)} ${n(y)})"` : ""}>${escapeText(content)}</text>`;
const line = (x1, y1, x2, y2, kind) => `<path class="${kind}" d="M${n(x1)} ${n(y1)}L${n(x2)} ${n(y2)}"/>`;

function rules({ back, edge, text: ink, faint, grid, series }) {
  const each = series.map((colour, index) => `.s${index}{stroke:${colour}}.f${index}{fill:${colour}}`).join("");
  return `.back{fill:${back};stroke:${edge}}text{fill:${ink}}.faint{fill:${faint}}.grid{stroke:${grid}}.axis,.mark{stroke:${faint}}.dot,.on{stroke:${back}}${each}`;
}

// The last series is a broad band, so that it remains visible where other lines cover it.
const STYLE = `text{font:13px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}.title{font-size:17px;font-weight:600}.panel{font-size:14px;font-weight:600}.small{font-size:12px}
path{fill:none}.line{stroke-width:2.2;stroke-linejoin:round}.line.s2{stroke-width:6;opacity:.45}.broken{stroke-width:1.8;stroke-dasharray:2 4}.whisker{stroke-width:1.4}.cross{stroke-width:2.4}.mark{stroke-dasharray:6 4}.dot{stroke-width:1}.on{stroke-width:4;paint-order:stroke}
${rules(COLOURS.light)}
@media(prefers-color-scheme:dark){${rules(COLOURS.dark)}}`;

/** Returns the mark of a series: a circle, a square or a triangle. */
function dot(series, x, y) {
  const kind = `class="dot f${series}"`;
  if (series === 0) return `<circle ${kind} cx="${n(x)}" cy="${n(y)}" r="4.6"/>`;
  if (series === 1) return `<rect ${kind} x="${n(x - 4)}" y="${n(y - 4)}" width="8" height="8"/>`;
  return `<polygon ${kind} points="${n(x)},${n(y - 7.5)} ${n(x + 6.5)},${n(y + 4.5)} ${n(x - 6.5)},${n(y + 4.5)}"/>`;
}

/** Returns the position of a value on a logarithmic axis: 0 for `from` and less, 1 for `to`. */
function place(value, { from, to }) {
  return Math.log(Math.max(value, from) / from) / Math.log(to / from);
}

function axes(left, top, x, y, isLowest) {
  const bottom = top + PANEL.height;
  const parts = [];
  for (const { value, text: label } of y.ticks) {
    const height = bottom - place(value, y) * PANEL.height;
    parts.push(
      line(left, height, left + PANEL.width, height, "grid"),
      text(left - 9, height + 4.5, label, { kind: "faint", anchor: "end" }),
    );
  }
  for (const { value, text: label } of x.ticks) {
    const across = left + place(value, x) * PANEL.width;
    parts.push(line(across, top, across, bottom, "grid"), line(across, bottom, across, bottom + 5, "axis"));
    parts.push(text(across, bottom + 20, label, { kind: "faint small", anchor: "middle" }));
  }
  parts.push(line(left, bottom, left + PANEL.width, bottom, "axis"));
  if (isLowest) parts.push(text(left + PANEL.width / 2, bottom + 42, x.label, { kind: "faint", anchor: "middle" }));
  return parts;
}

/**
 * Returns one panel: its lines `{ series, points: [{ x, y, low, high, broken }] }`, and level marks `{ y, text }`. A point
 * with the text `broken` ends its series.
 */
function panel({ title, lines, marks = [] }, left, top, x, y, isLowest) {
  const bottom = top + PANEL.height;
  const across = (value) => left + place(value, x) * PANEL.width;
  const height = (value) => bottom - place(value, y) * PANEL.height;
  const parts = [text(left, top - 12, title, { kind: "panel" }), ...axes(left, top, x, y, isLowest)];
  // Texts are drawn after the lines.
  const texts = [];
  for (const mark of marks) {
    parts.push(line(left, height(mark.y), left + PANEL.width, height(mark.y), "mark"));
    texts.push(text(left + 6, height(mark.y) - 6, mark.text, { kind: "faint small on" }));
  }
  for (const { series, points } of [...lines].reverse()) {
    const at = points.map((point) => ({ ...point, left: across(point.x), top: height(point.y) }));
    const whole = at.filter(({ broken }) => !broken);
    const path = (some) => `M${some.map((point) => `${n(point.left)} ${n(point.top)}`).join("L")}`;
    if (whole.length > 1) parts.push(`<path class="line s${series}" d="${path(whole)}"/>`);
    for (const point of whole) {
      if (point.low !== undefined)
        parts.push(line(point.left, height(point.low), point.left, height(point.high), `whisker s${series}`));
      parts.push(dot(series, point.left, point.top));
    }
    for (const point of at.filter(({ broken }) => broken)) {
      if (whole.length > 0)
        parts.push(`<path class="broken s${series}" d="${path([whole[whole.length - 1], point])}"/>`);
      parts.push(`<path class="cross s${series}" d="M${n(point.left - 5)} ${n(point.top - 5)}l10 10m0 -10l-10 10"/>`);
      texts.push(text(point.left + 6, point.top - 12, point.broken, { kind: "small on", anchor: "end" }));
    }
  }
  return [...parts, ...texts];
}

function legend(names, top) {
  const parts = [];
  let left = MARGIN.left;
  for (const [series, name] of names.entries()) {
    parts.push(
      line(left, top, left + 26, top, `line s${series}`),
      dot(series, left + 13, top),
      text(left + LEGEND_STEP, top + 4.5, name),
    );
    left += LEGEND_STEP + name.length * CHARACTER + 26;
  }
  return parts;
}

/** Returns a figure. `x` and `y` are `{ label, from, to, ticks: [{ value, text }] }`, the same for all panels. */
export function figure({ title, description, names, x, y, panels }) {
  const rows = Math.ceil(panels.length / 2);
  const step = PANEL_HEAD + PANEL.height + PANEL_FOOT - 14;
  const height = HEAD + rows * step + 14;
  const parts = [text(MARGIN.left, 32, title, { kind: "title" }), ...legend(names, 58)];
  for (const [index, each] of panels.entries()) {
    const [row, column] = [index >> 1, index % 2];
    const left = MARGIN.left + column * (PANEL.width + MARGIN.gap);
    const top = HEAD + row * step + PANEL_HEAD;
    parts.push(...panel(each, left, top, x, y, index + 2 >= panels.length));
    if (column === 0)
      parts.push(text(22, top + PANEL.height / 2, y.label, { kind: "faint", anchor: "middle", turn: -90 }));
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escapeText(title)}</title><desc>${escapeText(description)}</desc>
<style>${STYLE}</style>
<rect class="back" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6"/>
${parts.join("\n")}
</svg>
`;
}
