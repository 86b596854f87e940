import type { OutboxStorage } from './outbox-storage.ts'
export declare function memoryStorage(): OutboxStorage
