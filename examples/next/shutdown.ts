import { closePages } from './dashboard.ts'

/**
 * Told to end, Next takes no new connection, finishes the requests under way, and exits: the queue must stay open for them, and goes with
 * the process. The dashboard's live pages would keep Next from that.
 */
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void closePages())
