/** Where a page of a list ended that is ordered by a count or time and then by id. */
export interface PagePlace {
  readonly count: number
  readonly id: string
}

/** What `next` of the page before said, given back as `after`; anything else is no place, and the list begins anew. */
export function readPlace(after: string | undefined): PagePlace | undefined {
  const [, count, id] = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(after ?? '') ?? []
  return count === undefined || id === undefined ? undefined : { count: Number(count), id }
}

export function placeText({ count, id }: PagePlace): string {
  return `${count}.${id}`
}
