# Service accounts: a pipeline that may change Endpoints, and Workers that may not.

# Applies this policy. Managing an Endpoint requires Developer and Namespace Admin on its target. Calling Namespaces
# need no permission, but without Read a plan cannot tell an existing one from a misspelt one.
service_account "platform-ci" {
  account_access = "developer"

  namespace_access = {
    payments-dev     = "admin"
    payments-staging = "admin"
    payments-prod    = "admin"
    orders-dev       = "admin"
    orders-staging   = "admin"
    orders-prod      = "admin"
    shipping-staging = "admin"
    shipping-prod    = "admin"
    catalog-staging  = "admin"
    catalog-prod     = "admin"
    identity-staging = "admin"
    identity-prod    = "admin"
    risk-staging     = "admin"
    risk-prod        = "admin"

    shipping-dev       = "read"
    storefront-staging = "read"
    storefront-prod    = "read"
    support-prod       = "read"
  }
}

# Plans in pull requests, with a read-only key.
service_account "pull-requests" {
  account_access = "read"
}

service_account "dashboards" {
  account_access = "metrics_read"
}

service_account "orders-worker" {
  namespace_scoped_access = { namespace = namespace.orders-prod, permission = "write" }
}

service_account "payments-worker" {
  namespace_scoped_access = { namespace = namespace.payments-prod, permission = "write" }
}
