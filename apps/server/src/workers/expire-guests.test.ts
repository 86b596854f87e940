import { describe } from 'bun:test'
import { testDatabases } from '../accounts/test-databases.contract.ts'
import { expireGuestsContract } from './expire-guests.contract.ts'

for (const [name, open] of testDatabases) describe(`expiring guests on ${name}`, () => expireGuestsContract(open))
