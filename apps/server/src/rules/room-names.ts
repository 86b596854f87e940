// Zero-width characters, variation selectors and soft hyphens: they change no name that people see. (SPEC A7)
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u00ad]/gu

/** What two public rooms may not share: the name without case, width, compatibility forms and invisible characters. */
export function roomNameKeySource(name: string): string {
  return name
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC')
    .replace(/\s+/g, ' ')
    .trim()
}
