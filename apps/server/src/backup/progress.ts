/** Told of every step of something long; `total` is an estimate. */
export type Progress = (step: { readonly what: string; readonly done: number; readonly total: number }) => void
