/**
 * Characters that are drawn like a Latin letter or a digit, under the one they are taken for. Our own selection of the
 * confusables of Unicode Technical Standard 39 (https://www.unicode.org/reports/tr39/): the scripts in which a whole Latin
 * name can be imitated. Letters are left out where the likeness would set names of one living script against each other.
 * Compatibility forms (fullwidth, mathematical, circled) are undone by NFKD before this table is asked. Small capitals stand
 * for capitals, because looks are compared in capitals too.
 */
const DRAWN_LIKE: Readonly<Record<string, string>> = {
  2: 'Ƨ',
  3: 'ƷȜЗзӠӡꝪ',
  4: 'Ꮞ',
  5: 'Ƽ',
  6: 'бᏮ',
  A: 'ΑАᎪᴀⲀⲁꓮ',
  B: 'ʙΒВвᏴⲂⲃꓐꞵ',
  C: 'ϹСᏟᴄⲤⲥꓚ',
  D: 'Ꭰᴅꓓ',
  E: 'ΕЕᎬᴇⲈⲉꓰ',
  F: 'ϝꓝꜰ',
  G: 'ɢԌᏀꓖ',
  H: 'ʜΗНнᎻⲎⲏꓧ',
  I: 'ƗɪΙІⲒⲓꓲ',
  J: 'ͿЈᎫᴊꓙ',
  K: 'ΚКᏦᴋⲔⲕꓗ',
  L: 'ʟԼᏞꓡ',
  M: 'ΜϺМмᎷᴍⲘⲙꓟ',
  N: 'ɴΝⲚⲛꓠ',
  O: 'ΟОՕ०০੦૦୦௦౦೦൦๐໐၀ᴏⲞⲟꓳ',
  P: 'ΡРᏢᴘⲢⲣꓑ',
  Q: 'Ԛ',
  R: 'ʀᏒꓣ',
  S: 'ЅՏᏚꓢꜱ',
  T: 'ΤТтᎢᴛⲦⲧꓔ',
  U: 'ՍᏌᴜꓴ',
  V: 'ѴᏙᴠꓦ',
  W: 'ԜᏔᴡꓪ',
  X: 'ΧХⲬⲭꓫ',
  Y: 'ʏΥУҮᎩⲨⲩꓬ',
  Z: 'ΖᏃᴢꓜ',
  a: 'ɑαа',
  b: 'Ьь',
  c: 'ϲс',
  d: 'ԁ',
  e: 'е',
  g: 'ɡց',
  h: 'һհ',
  i: 'ıɩιіᎥ',
  j: 'ȷϳјյ',
  k: 'κк',
  l: '|łƖƚǀӀӏ\u0661۱∣ꟾ',
  n: 'пո',
  o: 'οоօ',
  p: 'ρрք',
  q: 'ԛզ',
  r: 'г',
  s: 'ѕ',
  t: 'τ',
  u: 'υս',
  v: 'ʋνѵ',
  w: 'ωѡԝա',
  x: 'χх',
  y: 'ɣγуү',
}

const TAKEN_FOR = new Map<string, string>()
for (const [letter, drawnAlike] of Object.entries(DRAWN_LIKE)) {
  for (const character of drawnAlike) TAKEN_FOR.set(character, letter)
}
// White on black and boxed capitals have no compatibility form: U+1F150, U+1F170 and the 25 after each.
for (let index = 0; index < 26; index++) {
  const letter = String.fromCodePoint(0x41 + index)
  TAKEN_FOR.set(String.fromCodePoint(0x1f150 + index), letter)
  TAKEN_FOR.set(String.fromCodePoint(0x1f170 + index), letter)
}

/** Text as the eye takes it: each look-alike replaced, `I`, `1` and `l` as one, `O` and `0` as one, `rn` for `m`, `vv` for `w`. */
export function drawn(text: string): string {
  let result = ''
  for (const character of text) result += TAKEN_FOR.get(character) ?? character
  return result.replace(/[I1]/g, 'l').replace(/0/g, 'O').replace(/m/g, 'rn').replace(/w/g, 'vv').replace(/W/g, 'VV')
}
