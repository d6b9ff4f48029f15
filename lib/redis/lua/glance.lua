#!lua flags=no-writes
-- How a queue stands.
-- KEYS  1 the queue's prefix
-- ARGV  none
-- Returns {now, sizes of queued, scheduled, deferred, limited, started, finished, failed, stopped and canceled, since when the next job
-- waits or -1, when the next scheduled job is due or -1, flags paused and suspended, since when, by whom and why it is paused, counters
-- finished, failed, retried, canceled, recovered and lost}
--@include base
local function size(state)
  return call('ZCARD', base .. state)
end

local started = 0
for _, worker in ipairs(call('ZRANGE', base .. 'workers', 0, -1)) do
  started = started + call('HLEN', base .. 'started:' .. worker)
end
local since, due = -1, -1
local head = call('ZRANGE', base .. 'queued', 0, 0)[1]
if head then
  local r = read(head, 'q', 'fn')
  since = whole(r[1] or made_of(r[2]), -1)
end
local first = call('ZRANGE', base .. 'scheduled', 0, 0, 'WITHSCORES')
if first[2] then due = whole(first[2], -1) end
return {
  clock(), size('queued'), size('scheduled'), size('deferred'), size('limited'), started,
  size('finished'), size('failed'), size('stopped'), size('canceled'), since, due,
  call('HMGET', base .. 'flags', 'paused', 'suspended'), call('HMGET', base .. 'pause', 'since', 'by', 'reason'),
  call('HMGET', base .. 'stats', 'finished', 'failed', 'retried', 'canceled', 'recovered', 'lost'),
}
