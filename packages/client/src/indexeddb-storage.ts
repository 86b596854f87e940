import type { OutboxStorage } from './outbox-storage.ts'
export declare function indexedDbStorage(options?: { readonly name?: string }): OutboxStorage
