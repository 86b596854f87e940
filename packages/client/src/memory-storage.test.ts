import { memoryStorage } from './memory-storage.ts'
import { storageContract } from './outbox-storage.contract.ts'

storageContract('memory', memoryStorage)
