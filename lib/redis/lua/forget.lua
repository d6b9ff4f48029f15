#!lua flags=allow-oom
-- Forgets a queue that holds no job any more and owes nothing.
-- KEYS  1 the queue's prefix
-- ARGV  none
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
for _, key in ipairs({ 'bell', 'watched', 'indexed', 'errors', 'functions', 'metrics:total' }) do call('UNLINK', base .. key) end
-- Its history, as far back as it is kept: see meter.lua.
local t = call('TIME')
local hour = math.floor(t[1] / 3600)
local day = math.floor(hour / 24)
for past = 0, 26 do call('UNLINK', base .. 'metrics:m:' .. hour - past) end
for past = 0, 92 do call('UNLINK', base .. 'metrics:h:' .. day - past) end
for past = 0, 13 do call('UNLINK', base .. 'metrics:d:' .. math.floor(day / 32) - past) end
-- A worker that still listens may hold a token of old, which no new claim may get again: the sequence numbers stay.
if #workers == 0 then call('UNLINK', base .. 'stats') end
return { 'forgotten' }
