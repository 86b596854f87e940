const DOMAIN = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/
const MOST = 50

/** The domains in a text; a sentence when one of them can be none. */
export function readDomains(typed: string): readonly string[] | string {
  const found = typed
    .toLowerCase()
    .split(/[\s,;]+/)
    .map((one) => one.replace(/^@/, ''))
    .filter((one) => one !== '')
  const wrong = found.find((one) => !DOMAIN.test(one) || one.length > 253)
  if (wrong !== undefined)
    return `“\u2068${wrong}\u2069” is not a domain. Write them like example.org, with commas between.`
  const domains = [...new Set(found)]
  return domains.length > MOST ? `That are more than ${MOST} domains.` : domains
}
