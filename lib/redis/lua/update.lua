-- What a running job reports of itself: meta, progress, log lines. Refused once the claim is lost.
-- KEYS  1 the queue's prefix
-- ARGV  1 worker  2 id  3 token  4 meta, progress or log  5 value  6 log lines kept
-- Returns 1, or 0 where the claim does not stand
--@include base
local id, kind = ARGV[2], ARGV[4]
if call('HGET', base .. 'started:' .. ARGV[1], id) ~= ARGV[3] then return 0 end
if kind == 'log' then
  local key = base .. 'log:' .. id
  call('RPUSH', key, ARGV[5])
  call('LTRIM', key, -ARGV[6], -1)
  call('HSET', job_key(id), 'aux', 1)
else
  call('HSET', job_key(id), kind == 'meta' and 'meta' or 'pg', ARGV[5])
end
return 1
