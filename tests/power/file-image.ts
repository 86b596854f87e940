/** What a file holds, growing as it is written. */
export class FileImage {
  #bytes: Uint8Array
  #size: number

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#bytes = bytes.slice()
    this.#size = bytes.length
  }

  get size(): number {
    return this.#size
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size)
  }

  write(offset: number, data: Uint8Array): void {
    this.#reserve(offset + data.length)
    this.#bytes.set(data, offset)
    this.#size = Math.max(this.#size, offset + data.length)
  }

  truncate(size: number): void {
    this.#reserve(size)
    if (size < this.#size) this.#bytes.fill(0, size, this.#size)
    this.#size = size
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(size, this.#bytes.length * 2))
    larger.set(this.bytes)
    this.#bytes = larger
  }
}
