//! Compiles API Gateway documents: bytes in, a compiled API and findings out.
