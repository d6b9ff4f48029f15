#!lua flags=allow-oom
-- Cancels a job that no worker has begun.
-- KEYS  1 the queue's prefix
-- ARGV  1 id  2 reason  3 default failure ttl  4 the queue's name  5 prefix of the workers' control channels
-- Returns {'canceled', owed}, or {its state} where that does not allow it, or {'gone'}
--@include base
--@include place
--@include conclude
local now = clock()
local id = ARGV[1]
local r = read(id, 'fn', 'st')
if not r[1] then return { 'gone' } end
local st = r[2] or 'queued'
if st ~= 'queued' and st ~= 'scheduled' and st ~= 'deferred' and st ~= 'limited' then return { st } end
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
cancel(id, ARGV[2], now, ARGV[3])
return { 'canceled', owed }
