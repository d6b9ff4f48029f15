# This version of it calls its client in ways that a newer client warns of, at each call.
Redis.silence_deprecations = true if Redis.respond_to?(:silence_deprecations=)

class Noop
  include Sidekiq::Worker
  sidekiq_options queue: 'bench'

  def perform(_payload)
    1
  end
end
