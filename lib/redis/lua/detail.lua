#!lua flags=no-writes
-- All that is told of one job, in bounded size.
-- KEYS  1 the queue's prefix
-- ARGV  1 id  2 bytes of each payload  3 lines of the log  4 parents and dependents
-- Returns nothing where it is not there, else {now, row (see row.lua), payloads (text and bytes of arguments, result, error, meta, progress
-- and options), recoveries, repetitions, requeues, priority, ttl deadline, signature, expires at or -1, place in `queued` or -1, runs, log
-- lines, their number, parents and what it has heard of each, dependents, their number, indexes that it is in, those that have heard how it ended}
--@include base
--@include over
--@include row
local id, most = ARGV[1], tonumber(ARGV[2])
if not is_there(id) then return nil end
local key = job_key(id)

-- Not in the middle of a letter.
local function beginning(text)
  if #text <= most then return text end
  local last = most
  while last > 0 and string.byte(text, last + 1) >= 0x80 and string.byte(text, last + 1) < 0xC0 do last = last - 1 end
  return string.sub(text, 1, last)
end

local payloads = {}
for i, field in ipairs({ 'args', 'res', 'err', 'meta', 'pg', 'opts' }) do
  local text = read(id, field)[1]
  payloads[i] = text and { beginning(text), #text } or false
end
local runs = call('LRANGE', base .. 'runs:' .. id, 0, -1)
for i, run in ipairs(runs) do runs[i] = beginning(run) end
local log = call('LRANGE', base .. 'log:' .. id, -ARGV[3], -1)
for i, line in ipairs(log) do log[i] = string.sub(line, 1, 2000) end
-- A word may carry the parent's result.
local parents = {}
local heard = call('HSCAN', base .. 'parents:' .. id, 0, 'COUNT', ARGV[4])[2]
for i = 1, math.min(#heard, 2 * ARGV[4]), 2 do
  parents[#parents + 1] = heard[i]
  parents[#parents + 1] = string.sub(heard[i + 1], 1, 1)
end
local r = read(id, 'rc', 'rp', 'rq', 'pr', 'x', 'sg')
return {
  clock(), row(id, '0'), payloads, r[1], r[2], r[3], r[4], r[5], r[6],
  call('PEXPIRETIME', key), call('ZRANK', base .. 'queued', id) or -1, runs, log, call('LLEN', base .. 'log:' .. id), parents,
  call('ZRANGE', base .. 'dependents:' .. id, 0, ARGV[4] - 1), call('ZCARD', base .. 'dependents:' .. id),
  call('HGET', base .. 'indexed', id) or '', call('ZRANGE', base .. 'told:' .. id, 0, ARGV[4] - 1),
}
