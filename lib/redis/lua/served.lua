#!lua flags=allow-oom
-- Strikes off what an ended job owed to its callbacks, webhooks and group, once it has been delivered.
-- KEYS  1 the queue's prefix
-- ARGV  1 id
-- Returns 1
--@include base
--@include place
--@include conclude
call('ZREM', base .. 'outbox', 'fx:' .. ARGV[1])
let_expire(ARGV[1], clock())
return 1
