#!lua flags=allow-oom
-- Forgets a queue that holds no job any more and owes nothing.
-- KEYS  1 the queue's prefix
-- ARGV  1 ms for which a producer may take the queue for known, see known-queues.ts
-- Returns {'forgotten'}, {a state that holds jobs, the first of them}, or {'owing', an effect of the outbox}
--@include base
for _, state in ipairs({ 'queued', 'scheduled', 'deferred', 'limited', 'finished', 'failed', 'stopped', 'canceled' }) do
  local first = call('ZRANGE', base .. state, 0, 0)[1]
  if first then return { state, first } end
end
local workers = call('ZRANGE', base .. 'workers', 0, -1)
for _, worker in ipairs(workers) do
  local held = call('HRANDFIELD', base .. 'started:' .. worker)
  if held then return { 'started', held } end
end
local effect = call('ZRANGE', base .. 'outbox', 0, 0)[1]
if effect then return { 'owing', effect } end
for _, fingerprint in ipairs(call('ZRANGE', base .. 'errors', 0, -1)) do call('UNLINK', base .. 'cause:' .. fingerprint) end
for _, key in ipairs({ 'bell', 'idle', 'watched', 'indexed', 'errors', 'functions', 'metrics:total' }) do call('UNLINK', base .. key) end
-- A name that is taken out is not put back by a producer that has told it of late: who enqueues while this stands hears that. Of two
-- times of forgetting it never says the same. It goes by itself, unless a pause or somebody who listens is noted beside it.
local now = clock()
local flags = call('HGETALL', base .. 'flags')
local forgotten, others = now + ARGV[1], 0
for i = 1, #flags, 2 do
  local over = whole(flags[i + 1], 0)
  if flags[i] == 'forgotten' then
    forgotten = math.max(forgotten, over + 1)
  elseif flags[i + 1] ~= 'inf' and over <= now then
    call('HDEL', base .. 'flags', flags[i])
  else
    others = others + 1
  end
end
call('HSET', base .. 'flags', 'forgotten', text_of(forgotten))
if others == 0 then call('PEXPIREAT', base .. 'flags', text_of(forgotten)) end
-- Its history, as far back as it is kept: see meter.lua.
local hour = math.floor(now / 3600000)
local day = math.floor(hour / 24)
for past = 0, 26 do call('UNLINK', base .. 'metrics:m:' .. hour - past) end
for past = 0, 92 do call('UNLINK', base .. 'metrics:h:' .. day - past) end
for past = 0, 13 do call('UNLINK', base .. 'metrics:d:' .. math.floor(day / 32) - past) end
-- A worker that still listens may hold a token of old, which no new claim may get again: the sequence numbers stay.
if #workers == 0 then call('UNLINK', base .. 'stats') end
return { 'forgotten' }
