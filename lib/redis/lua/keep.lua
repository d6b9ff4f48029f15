-- Keeps what a running job came to under a name, or begins a sleep. Refused once the claim is lost; sent again it changes nothing.
-- KEYS  1 the queue's prefix
-- ARGV  1 worker  2 id  3 token  4 name  5 encoded value  6 ms of a sleep, or ''
-- Returns whether the claim stands, and in how many ms the sleep is over: {1 or 0, ms}
--@include base
local id, name = ARGV[2], ARGV[4]
if call('HGET', base .. 'started:' .. ARGV[1], id) ~= ARGV[3] then return { 0, 0 } end
local key = base .. 'steps:' .. id
call('HSET', job_key(id), 'aux', 1)
if ARGV[6] == '' then
  call('HSET', key, name, ARGV[5])
  return { 1, 0 }
end
local now = clock()
call('HSETNX', key, name, string.format('%.0f', now + ARGV[6]))
return { 1, whole(call('HGET', key, name), now) - now }
