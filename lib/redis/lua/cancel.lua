#!lua flags=allow-oom
-- Cancels a job that no worker has begun.
-- KEYS  1 the queue's prefix
-- ARGV  1 id  2 reason  3 default failure ttl  4 the queue's name  5 prefix of the workers' control channels
--       6 '1' when its dependents go on as though it had finished  7 '1' when it leaves its parents' dependents
-- Returns {'canceled', owed, its parents in other queues, to be left by the caller}, or {its state} where that does not
-- allow it, or {'gone'}
--@include base
--@include place
--@include conclude
local now = clock()
local id = ARGV[1]
local r = read(id, 'fn', 'st')
if not r[1] then return { 'gone' } end
local st = status_of(r[2])
local waits = st == 'queued' or st == 'scheduled' or st == 'deferred' or st == 'limited'
if not waits and st ~= 'canceled' then return { st } end

-- Also of a job that is canceled already: the call may be sent again after a lost reply.
local elsewhere = {}
if ARGV[7] == '1' then
  for _, parent in ipairs(call('HKEYS', base .. 'parents:' .. id)) do
    local parent_id, where = string.match(parent, '^([^@]+)@(.+)$')
    if where == ARGV[4] then
      call('ZREM', base .. 'dependents:' .. parent_id, id .. '@' .. where)
    else
      elsewhere[#elsewhere + 1] = parent
    end
  end
end
if not waits then
  if call('ZSCORE', base .. 'outbox', 'deps:' .. id) then owed[1] = 'deps:' .. id end
  return { st, owed, elsewhere }
end

if call('ZREM', base .. st, id) == 0 then
  -- Claimed ahead of need and not begun as far as Redis knows: the worker's claim is struck out, so that a result,
  -- should it have begun by now, is refused; and it is told, so that it does not begin.
  for _, worker in ipairs(call('ZRANGE', base .. 'workers', 0, -1)) do
    if call('HDEL', base .. 'started:' .. worker, id) == 1 then
      call('PUBLISH', ARGV[5] .. worker, 'stop ' .. id .. '@' .. ARGV[4])
      break
    end
  end
end
call('ZREM', base .. 'outbox', 'reg:' .. id)
-- The result of a canceled job is what its dependents go on with: see outcome_of in settle.lua.
if ARGV[6] == '1' then call('HSET', job_key(id), 'res', '') end
cancel(id, ARGV[2], now, ARGV[3])
return { 'canceled', owed, elsewhere }
