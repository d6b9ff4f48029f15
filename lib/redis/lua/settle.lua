#!lua flags=allow-oom
-- Tells a child in this queue how a parent in another one stands. Safe to tell again.
-- KEYS  1 the child's queue prefix
-- ARGV  1 child id  2 parent's ref  3 outcome  4 payload  5 default failure ttl  6 '1' when this was the last registration
-- Returns {'1' if the parent need not tell more, owed}
--@include base
--@include place
--@include conclude
--@include settle
probe()
local done = settle(ARGV[1], ARGV[2], ARGV[3], ARGV[4], clock(), ARGV[5])
if ARGV[6] == '1' then call('ZREM', base .. 'outbox', 'reg:' .. ARGV[1]) end
return { done and 1 or 0, owed }
