#!lua flags=allow-oom
-- A worker tells of itself, unless another of its name does. The whole of it each time: a Redis that lost it has it again.
-- KEYS  1 the worker's key
-- ARGV  1 which of all workers of this name that ever were it is  2 ms that it lives without another word  3 facts as one JSON list
-- Returns the time in ms, or 0 if the name is taken
local call = redis.call
local held = call('HGET', KEYS[1], 'instance')
if held and held ~= ARGV[1] then return 0 end
local t = call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
call('HSET', KEYS[1], 'instance', ARGV[1], 'heartbeat', string.format('%.0f', now), unpack(cjson.decode(ARGV[3])))
call('PEXPIRE', KEYS[1], ARGV[2])
return now
