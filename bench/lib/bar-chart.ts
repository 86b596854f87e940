export interface Bar {
  readonly name: string
  /** 0 draws none: there is only the note. */
  readonly value: number
  readonly colour: string
  /** Stands behind the bar, for instance the value as people write it. */
  readonly note: string
}

export interface BarChart {
  readonly title: string
  /** What the bars measure, and which end is better. */
  readonly label: string
  readonly bars: readonly Bar[]
}

const WIDTH = 860
const LEFT = 170
const TOP = 58
const ROW = 30
const PLOT_WIDTH = WIDTH - LEFT - 200

/** Lying bars on a logarithmic scale, for values of several magnitudes; readable on light and dark pages alike. */
export function barChart({ title, label, bars }: BarChart): string {
  const powers = bars.filter(({ value }) => value > 0).map(({ value }) => Math.log10(value))
  const [low, high] = [Math.floor(Math.min(...powers, 0)), Math.ceil(Math.max(...powers, 1))]
  const x = (value: number) => LEFT + ((Math.log10(value) - low) / (high - low)) * PLOT_WIDTH
  const bottom = TOP + bars.length * ROW
  const grid = Array.from({ length: high - low + 1 }, (_, index) => {
    const at = x(10 ** (low + index)).toFixed(1)
    return `<line x1="${at}" x2="${at}" y1="${TOP}" y2="${bottom}" stroke="#8884"/><text x="${at}" y="${bottom + 18}" text-anchor="middle">${plain(10 ** (low + index))}</text>`
  })
  const rows = bars.map(({ name, value, colour, note }, index) => {
    const y = TOP + index * ROW
    const width = value > 0 ? Math.max(2, x(value) - LEFT) : 0
    return `<text x="${LEFT - 10}" y="${y + 19}" text-anchor="end">${name}</text><rect x="${LEFT}" y="${y + 6}" width="${width.toFixed(1)}" height="${ROW - 12}" rx="3" fill="${colour}"/><text x="${(LEFT + width + 8).toFixed(1)}" y="${y + 19}">${note}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 34}" font-family="system-ui, sans-serif" font-size="12" fill="#777" role="img" aria-label="${title}">
<rect width="100%" height="100%" fill="#8881" rx="8"/>
<text x="24" y="26" font-size="15" font-weight="600">${title}</text>
<text x="24" y="44">${label}</text>
${[...grid, ...rows].join('\n')}
</svg>
`
}

const plain = (value: number): string =>
  value >= 1_000_000 ? `${value / 1_000_000} M` : value >= 1_000 ? `${value / 1_000} k` : String(value)
