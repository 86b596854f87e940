import { readFileSync, writeFileSync } from 'node:fs'
import { lineChart } from '../lib/svg-chart.ts'

interface Line {
  readonly kind: string
  readonly minute: number
  readonly rss: number
  readonly own: number
}

/** Draws the memory curve of a soak from its journal. */
export function plotSoak(journal: string, target: string): void {
  const samples = readFileSync(journal, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line) // as: written by the soak itself
    .filter(({ kind }) => kind === 'sample')
  const inMb = (pick: (line: Line) => number) => samples.map((line) => [line.minute, pick(line) / 1024] as const)
  writeFileSync(
    target,
    lineChart({
      title: 'Memory of the server during the soak',
      xLabel: 'minutes',
      yLabel: 'MB',
      series: [
        { name: 'resident', colour: '#4a7dff', points: inMb((line) => line.rss) },
        { name: 'its own (anonymous)', colour: '#e0712c', points: inMb((line) => line.own) },
      ],
    }),
  )
}
