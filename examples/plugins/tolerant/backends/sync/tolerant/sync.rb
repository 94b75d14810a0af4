# frozen_string_literal: true

module Tolerant
  # What the plugin brings to the service `sync`.
  module Sync
    def self.init(context)
      context.register_exports(/\Aidah-/, Export)
    end
  end
end
