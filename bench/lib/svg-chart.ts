export interface Series {
  readonly name: string
  readonly colour: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface Chart {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly series: readonly Series[]
}

const WIDTH = 860
const HEIGHT = 360
const LEFT = 64
const TOP = 44
const PLOT_WIDTH = WIDTH - LEFT - 24
const PLOT_HEIGHT = HEIGHT - TOP - 56

/** A line chart that can be read on light and dark pages alike. */
export function lineChart({ title, xLabel, yLabel, series }: Chart): string {
  const points = series.flatMap((one) => one.points)
  const xMax = Math.max(1e-9, ...points.map(([x]) => x))
  const yMax = niceCeiling(Math.max(1e-9, ...points.map(([, y]) => y)))
  const px = (x: number) => (LEFT + (x / xMax) * PLOT_WIDTH).toFixed(1)
  const py = (y: number) => (TOP + PLOT_HEIGHT - (y / yMax) * PLOT_HEIGHT).toFixed(1)
  const rows = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = py(share * yMax)
    return `<line x1="${LEFT}" x2="${LEFT + PLOT_WIDTH}" y1="${y}" y2="${y}" stroke="#8884"/><text x="${LEFT - 8}" y="${y}" dy="4" text-anchor="end">${label(share * yMax)}</text>`
  })
  const columns = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<text x="${px(share * xMax)}" y="${TOP + PLOT_HEIGHT + 18}" text-anchor="middle">${label(share * xMax)}</text>`,
  )
  const lines = series.map(
    ({ colour, points: line }) =>
      `<polyline fill="none" stroke="${colour}" stroke-width="1.6" points="${line.map(([x, y]) => `${px(x)},${py(y)}`).join(' ')}"/>`,
  )
  const legend = series.map(
    ({ name, colour }, index) =>
      `<g transform="translate(${LEFT + index * 190},${HEIGHT - 10})"><rect width="14" height="4" y="-6" fill="${colour}"/><text x="20">${name}</text></g>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#777" role="img" aria-label="${title}">
<rect width="100%" height="100%" fill="#8881" rx="8"/>
<text x="${LEFT}" y="24" font-size="15" font-weight="600">${title}</text>
<text x="${LEFT + PLOT_WIDTH}" y="${HEIGHT - 24}" text-anchor="end">${xLabel}</text><text x="${LEFT}" y="38">${yLabel}</text>
${[...rows, ...columns, ...lines, ...legend].join('\n')}
</svg>
`
}

function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value) ?? 10
  return step * power
}

const label = (value: number): string =>
  value >= 1_000_000 ? `${round(value / 1e6)} M` : value >= 10_000 ? `${round(value / 1e3)} k` : round(value)

const round = (value: number): string => String(Number(value.toPrecision(3)))
