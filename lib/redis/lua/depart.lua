#!lua flags=allow-oom
-- A worker gives its name back, unless another has it by now.
-- KEYS  1 the worker's key
-- ARGV  1 which of all workers of this name that ever were it is
-- Returns 1 if it had the name
if redis.call('HGET', KEYS[1], 'instance') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
