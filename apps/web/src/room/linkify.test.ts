import { expect, test } from 'bun:test'
import { linkify } from './linkify.ts'

const links = (text: string) => linkify(text).flatMap((part) => (part.kind === 'link' ? [[part.text, part.href]] : []))
const hrefs = (text: string) => linkify(text).flatMap((part) => (part.kind === 'link' ? [part.href] : []))
const joined = (text: string) =>
  linkify(text)
    .map((part) => part.text)
    .join('')

test('addresses become links and the text around them stays', () => {
  expect(linkify('see https://example.com/a?b=c#d now')).toEqual([
    { kind: 'text', text: 'see ' },
    { kind: 'link', text: 'https://example.com/a?b=c#d', href: 'https://example.com/a?b=c#d' },
    { kind: 'text', text: ' now' },
  ])
  expect(links('www.example.com')).toEqual([['www.example.com', 'https://www.example.com/']])
  expect(hrefs('mailto:ann@example.com')).toEqual(['mailto:ann@example.com'])
  expect(hrefs('HTTP://EXAMPLE.COM')).toEqual(['http://example.com/'])
  expect(hrefs('http://localhost:8000/rooms')).toEqual(['http://localhost:8000/rooms'])
})

test('what belongs to the sentence is left off', () => {
  for (const [text, link] of [
    ['Look (https://example.com/a).', 'https://example.com/a'],
    ['https://en.wikipedia.org/wiki/Room_(film)!', 'https://en.wikipedia.org/wiki/Room_(film)'],
    ['[https://example.com/x],', 'https://example.com/x'],
    ['“https://example.com”', 'https://example.com'],
    ['<https://example.com/>', 'https://example.com/'],
    ['"https://example.com/q"', 'https://example.com/q'],
    ['去 https://example.com/路。', 'https://example.com/路'],
    ['**https://example.com**', 'https://example.com'],
    ['https://example.com...', 'https://example.com'],
    ['（https://example.com/）', 'https://example.com/'],
  ] as const) {
    expect(links(text).map(([shown]) => shown)).toEqual([link])
    expect(joined(text)).toBe(text)
  }
})

test('nothing else becomes a link', () => {
  for (const text of [
    'javascript:alert(1)',
    'JaVaScRiPt://example.com/%0aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'xhttp://example.com',
    'http://',
    'https:// example.com',
    'www.',
    'mailto:',
    'mailto:nobody',
    'https://bank.example@evil.example/',
    'http://user:secret@example.com',
    'java\nscript:alert(1)',
  ]) {
    expect(hrefs(text)).toEqual([])
    expect(joined(text)).toBe(text)
  }
})

test('a bidirectional control can not disguise an address', () => {
  expect(hrefs('https://example.com/\u202egpj.exe')).toEqual(['https://example.com/'])
})

test('links side by side are all found', () => {
  expect(hrefs('https://a.example, https://b.example;https://c.example')).toHaveLength(2)
  expect(hrefs('https://a.example\nhttps://b.example')).toEqual(['https://a.example/', 'https://b.example/'])
})

test('hostile text takes time in proportion to its length', () => {
  for (const piece of [
    'http://',
    'www.',
    'https://a(',
    ')',
    'https://a.example/((((',
    '.',
    'mailto:a@',
    'http://[',
    'xhttp://a ',
  ]) {
    const seconds = (length: number): number => {
      const text = piece.repeat(Math.ceil(length / piece.length))
      const before = performance.now()
      linkify(text)
      return (performance.now() - before) / 1_000
    }
    seconds(20_000)
    expect(seconds(400_000)).toBeLessThan(1)
  }
})

test('an address of mail with a host is none', () => {
  expect(linkify('mailto://ann@b/ann@example.org')).toEqual([{ kind: 'text', text: 'mailto://ann@b/ann@example.org' }])
})
