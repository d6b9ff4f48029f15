#!lua flags=no-writes,allow-oom
-- A worker's look at what is to be done. Changes nothing.
-- KEYS  1 the cron prefix
-- ARGV  1 most entries to answer  2 age in ms at which a claimed slot counts as left behind
-- Returns {now, entries, next slot after now or -1, refs left behind}; of each entry its name, slot, definition, history or
-- '', and '1' if the last job is not known to be enqueued yet
--@include base
local now = clock()
local found = call('ZRANGEBYSCORE', base .. 'due', '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[1])
local due = {}
for i = 1, #found, 2 do
  local name = found[i]
  local last = call('HGET', base .. 'last', name) or ''
  local ref = string.match(last, '^%S+ %S+ (%S+)')
  local pending = ref and call('ZSCORE', base .. 'pending', ref) and '1' or ''
  local definition = call('HGET', base .. 'entries', name) or ''
  due[#due + 1] = { name, tonumber(found[i + 1]), definition, last, pending }
end
local after = call('ZRANGEBYSCORE', base .. 'due', '(' .. string.format('%.0f', now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
local left = call('ZRANGEBYSCORE', base .. 'pending', '-inf', now - ARGV[2], 'LIMIT', 0, 100)
return { now, due, tonumber(after[2] or -1), left }
