/** WCAG 2 contrast of two opaque `oklch(l c h)` or hex colours. Björn Ottosson's matrices, 2021 revision. */
export function contrast(first: string, second: string): number {
  const [low, high] = [luminance(first), luminance(second)].sort((a, b) => a - b) as [number, number] // two in, two out
  return (high + 0.05) / (low + 0.05)
}

export function luminance(colour: string): number {
  const [red, green, blue] = colour.startsWith('#') ? hexToLinear(colour) : oklchToLinear(colour)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

type Linear = readonly [red: number, green: number, blue: number]

function oklchToLinear(colour: string): Linear {
  const [lightness = 0, chroma = 0, hue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number)
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    clamp(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clamp(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clamp(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}

function hexToLinear(colour: string): Linear {
  const digits = colour.length === 4 ? [...colour.slice(1)].map((digit) => digit + digit).join('') : colour.slice(1)
  const channel = (at: number): number => {
    const value = Number.parseInt(digits.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return [channel(0), channel(2), channel(4)]
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value))
}
