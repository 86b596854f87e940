import { expect, test } from 'bun:test'
import { Notifier, Variable } from './observable.ts'

test('a variable tells each change, not the same value again, and nobody who stopped listening', () => {
  const variable = new Variable(1)
  const seen: number[] = []
  const stop = variable.subscribe(() => seen.push(variable.value))
  variable.set(1)
  variable.set(2)
  stop()
  variable.set(3)
  expect(seen).toEqual([2])
})

test('a listener may stop another while being told', () => {
  const notifier = new Notifier<string>()
  const seen: string[] = []
  const stops: (() => void)[] = []
  stops.push(notifier.subscribe((value) => seen.push(`first ${value}`)))
  stops.push(notifier.subscribe(() => stops[0]?.()))
  notifier.emit('a')
  notifier.emit('b')
  expect(seen).toEqual(['first a'])
})
